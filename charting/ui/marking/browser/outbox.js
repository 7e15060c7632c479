/**
 * What was asked and not yet acknowledged, in IndexedDB: written before it is sent, deleted on acknowledgement.
 *
 * It survives a reload, a crash and a dead network. Ids, geometry and fields only: no patient's name, no details.
 */

const NAME = 'charting-marking';
const VERSION = 1;

const done = (transaction) => new Promise((resolve, reject) => {
  transaction.oncomplete = () => resolve();
  transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error('the device refused to keep this'));
});

const answer = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** Return a mark of the wire without what is written about a person. */
export function bare(one) {
  return { ...one, mark: { ...one.mark, injection: { ...one.mark.injection, note: '' } } };
}

export class Outbox {
  static async open() {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const base = request.result;
      base.createObjectStore('steps', { keyPath: 'order', autoIncrement: true }).createIndex('session', 'session');
      base.createObjectStore('kept'); // what an offline reload shows, by its name
    };
    const outbox = new Outbox();
    outbox.base = await answer(request);
    outbox.base.onversionchange = () => outbox.base.close();
    return outbox;
  }

  #writing(store) {
    return this.base.transaction(store, 'readwrite', { durability: 'strict' });
  }

  /**
   * Keep asks of a session, made by a member of staff; resolves when the disk has them. What is kept `beside` them
   * ([name, value]) is there if and only if they are.
   */
  async add(session, by, asks, beside = null) {
    const transaction = this.#writing(['steps', 'kept']);
    if (beside) transaction.objectStore('kept').put(beside[1], beside[0]);
    const orders = [];
    for (const ask of asks) {
      const request = transaction.objectStore('steps').add({ session, by, ask, state: 'waiting' });
      request.onsuccess = () => orders.push(request.result);
    }
    transaction.commit?.();
    await done(transaction);
    return orders;
  }

  /** Return all steps, or those of a session, in the order in which they were made. */
  async steps(session) {
    const store = this.base.transaction('steps').objectStore('steps');
    return answer(session ? store.index('session').getAll(session) : store.getAll());
  }

  /**
   * Take out what was acknowledged, and keep what was refused with its reason, in one transaction. The marks that
   * an answer told are kept beside the session in the same transaction: an offline reload shows them.
   */
  async settle(acknowledged, refused, session = null, marks = []) {
    const transaction = this.#writing(['steps', 'kept']);
    const store = transaction.objectStore('steps');
    if (marks.length) this.#since(transaction, session, (before) => [...before, ...marks.map(bare)]);
    for (const step of acknowledged) store.delete(step.order);
    for (const step of refused) store.put({ ...step, state: 'refused' });
    await done(transaction);
  }

  /** Drop refused steps that a person has dismissed. */
  async dismiss(orders) {
    const transaction = this.#writing('steps');
    for (const order of orders) transaction.objectStore('steps').delete(order);
    await done(transaction);
  }

  #since(transaction, session, change) {
    const kept = transaction.objectStore('kept');
    const request = kept.get(`since:${session}`);
    request.onsuccess = () => kept.put(change(request.result ?? []), `since:${session}`);
  }

  /** Keep a session for an offline reload: {view, ghosts}. */
  async keepSession(session, value) {
    const transaction = this.#writing('kept');
    transaction.objectStore('kept').put(value, `session:${session}`);
    const known = new Map(value.view.marks.map(({ mark }) => [mark.id, mark.revision]));
    this.#since(transaction, session, (before) => before.filter(({ mark }) => (mark.withdrawn ? known.has(mark.id) : !(known.get(mark.id) >= mark.revision))));
    await done(transaction);
  }

  /** Return the session as it was last kept, with what was told since; undefined if it never was. */
  async keptSession(session) {
    const value = await this.kept(`session:${session}`);
    if (!value) return undefined;
    const marks = new Map(value.view.marks.map((one) => [one.mark.id, one]));
    for (const one of (await this.kept(`since:${session}`)) ?? []) {
      if (one.mark.withdrawn) marks.delete(one.mark.id);
      else if (!(marks.get(one.mark.id)?.mark.revision > one.mark.revision)) marks.set(one.mark.id, one);
    }
    return { ...value, view: { ...value.view, marks: [...marks.values()] } };
  }

  async keep(name, value) {
    const transaction = this.#writing('kept');
    transaction.objectStore('kept').put(value, name);
    await done(transaction);
  }

  kept(name) {
    return answer(this.base.transaction('kept').objectStore('kept').get(name));
  }
}
