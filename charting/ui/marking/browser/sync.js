/**
 * Between the outbox and the desk: sends what waits, in its order, until it is answered.
 *
 * One flusher for all pages of this browser (Web Locks); sending twice is harmless, for each command has its id.
 * A refusal of one step is kept with its reason; a refusal of a whole batch that names no step is sought singly.
 */

const TIMEOUT = 4000;
const PAUSES = [1000, 2000, 4000, 8000, 15000];
const MOST = 100;

export class Refusal extends Error {
  constructor(status, body) {
    super(body?.sentence ?? `${status}`);
    Object.assign(this, { status, code: body?.code ?? 'refused', sentence: body?.sentence ?? null });
  }
}

/** Ask the interface; throws Refusal for an answer that refuses, TypeError or AbortError if there is none. */
export async function ask(url, { body, timeout = TIMEOUT, text = false } = {}) {
  const answer = await fetch(url, {
    method: body ? 'POST' : 'GET', credentials: 'same-origin', signal: AbortSignal.timeout(timeout),
    headers: body ? { 'Content-Type': 'application/json' } : {}, body: body ? JSON.stringify(body) : undefined,
  });
  if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => null));
  if (answer.redirected && new URL(answer.url).pathname.includes('sign-in')) throw new Refusal(401, null);
  return text ? answer.text() : answer.json();
}

const locked = (name, work) => (navigator.locks ? navigator.locks.request(name, work) : work());

export class Sync {
  #tries = 0;
  #timer = 0;
  #running = false;
  #again = false;
  #events = null;
  #pulling = null;
  state = 'starting'; // starting, online, away, signed_out
  closed = false;

  /**
   * `acts`: heard(message) is told what was answered here or in another page, pulled(changes) what others did;
   * `me()` is the id of who is signed in, whose steps alone are sent; `revision()` what is known; `state(word)`.
   */
  constructor({ base, session, outbox, acts }) {
    Object.assign(this, { base, session, outbox, acts });
    this.channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('charting-marking');
    this.channel?.addEventListener('message', ({ data }) => this.acts.heard(data));
    this.wake = () => this.now();
    this.seen = () => document.visibilityState === 'visible' && this.now();
    window.addEventListener('online', this.wake);
    window.addEventListener('focus', this.wake);
    document.addEventListener('visibilitychange', this.seen);
  }

  close() {
    this.closed = true;
    clearTimeout(this.#timer);
    this.#events?.close();
    this.channel?.close();
    window.removeEventListener('online', this.wake);
    window.removeEventListener('focus', this.wake);
    document.removeEventListener('visibilitychange', this.seen);
  }

  tell(message) {
    this.channel?.postMessage(message);
  }

  /** Send and fetch at once, whatever the pause. */
  now() {
    this.#tries = 0;
    this.pull();
    return this.flush();
  }

  /** Send what waits; what is added meanwhile goes with the next batch. */
  async flush() {
    if (this.closed) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    clearTimeout(this.#timer);
    try {
      await locked('charting-outbox', () => this.#sendAll());
      this.#tries = 0;
    } catch (trouble) {
      this.#failed(trouble);
    } finally {
      this.#running = false;
    }
    if (this.#again) {
      this.#again = false;
      if (!this.#tries) await this.flush();
    }
  }

  async #sendAll() {
    for (;;) {
      this.#again = false;
      const me = this.acts.me();
      const waiting = (await this.outbox.steps()).filter((step) => step.state === 'waiting' && me && step.by === me);
      if (!waiting.length || this.closed) return;
      const { session } = waiting[0];
      const batch = waiting.filter((step) => step.session === session).slice(0, MOST);
      await this.#send(session, batch);
    }
  }

  async #send(session, batch) {
    let answer;
    try {
      answer = await ask(`${this.base}/sessions/${session}/commands`, { body: { commands: batch.map((step) => step.ask) } });
    } catch (trouble) {
      if (!(trouble instanceof Refusal) || ![400, 403, 404, 409, 413, 422, 423].includes(trouble.status)) throw trouble;
      if (batch.length > 1) {
        for (const step of batch) await this.#send(session, [step]);
        return;
      }
      const refused = batch.map((step) => ({ ...step, state: 'refused', code: trouble.code, sentence: trouble.sentence }));
      await this.outbox.settle([], refused);
      this.#reached();
      this.#tell(session, null, [], refused);
      return;
    }
    const byId = new Map(answer.steps.map((one) => [one.id, one]));
    const acknowledged = batch.filter((step) => ['applied', 'duplicate'].includes(byId.get(step.ask.id)?.outcome));
    const refused = batch.filter((step) => byId.get(step.ask.id)?.outcome === 'refused').map((step) => {
      const { code, sentence } = byId.get(step.ask.id);
      return { ...step, state: 'refused', code, sentence };
    });
    if (acknowledged.length + refused.length === 0) throw new TypeError('the answer names none of the steps');
    await this.outbox.settle(acknowledged, refused, session, answer.steps.map((one) => one.mark).filter(Boolean));
    this.#reached();
    this.#tell(session, answer, acknowledged, refused);
  }

  #tell(session, answer, acknowledged, refused) {
    const message = { kind: 'answered', session, answer, acknowledged: acknowledged.map((step) => step.ask.id), refused };
    this.acts.heard(message);
    this.tell(message);
  }

  #reached() {
    this.#tries = 0;
    this.#to('online');
  }

  #failed(trouble) {
    if (trouble instanceof Refusal && trouble.status === 401) this.#to('signed_out');
    else {
      this.trouble = trouble instanceof Refusal ? trouble.sentence : null;
      this.#to('away');
    }
    const pause = PAUSES[Math.min(this.#tries++, PAUSES.length - 1)];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { this.pull(); this.flush(); }, pause * (0.75 + Math.random() / 2));
  }

  #to(state) {
    if (state === 'online') this.trouble = null;
    if (this.state === state) return;
    this.state = state;
    if (state === 'online') this.listen();
    this.acts.state(state);
  }

  /** Fetch what others changed since the revision that is known; one fetch at a time, never an old one after. */
  pull() {
    if (this.closed || !this.acts.revision()) return this.#pulling;
    this.#pulling ??= ask(`${this.base}/sessions/${this.session}/changes?after=${this.acts.revision()}`)
      .then((changes) => {
        const was = this.state;
        this.#reached();
        this.acts.pulled(changes);
        if (was !== 'online') this.flush();
      })
      .catch((trouble) => this.#failed(trouble))
      .finally(() => { this.#pulling = null; });
    return this.#pulling;
  }

  /** Listen for hints that the session has changed; a hint that is lost costs nothing. */
  listen() {
    if (this.closed || (this.#events && this.#events.readyState !== EventSource.CLOSED)) return;
    this.#events = new EventSource(`${this.base}/sessions/${this.session}/events`);
    this.#events.addEventListener('open', () => this.pull());
    this.#events.addEventListener('message', ({ data }) => {
      const { revision } = JSON.parse(data);
      if (!revision || revision > this.acts.revision()) this.pull();
    });
  }
}
