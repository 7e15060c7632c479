/** A form that gives a password to the server and says what came of it. */

/**
 * Send a form's password to an address; `done` is called once it was right, `words` has what is said here.
 * `refuse` returns what is wrong before anything is sent, or nothing; `words.wrong` goes before the server's
 * own sentence for a wrong password.
 */
export function askPassword(form, { url, body, done, words, refuse }) {
  const said = form.querySelector('.said');
  const button = form.querySelector('button[type=submit]');
  const password = form.elements.password;
  let waiting = null;

  const say = (text) => {
    said.textContent = text;
    said.classList.toggle('wrong', Boolean(text));
  };

  /** Count down the seconds in which no password is taken. */
  const wait = (seconds) => {
    clearInterval(waiting);
    const until = Date.now() + seconds * 1000;
    const usual = button.dataset.usual ?? (button.dataset.usual = button.textContent);
    const tick = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      button.disabled = left > 0;
      button.textContent = left > 0 ? words.wait.replace('{seconds}', left) : usual;
      if (left <= 0) clearInterval(waiting);
    };
    waiting = setInterval(tick, 250);
    tick();
  };

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    const refused = refuse?.();
    say(refused ?? '');
    if (refused) return;
    button.disabled = true;
    let seconds = 0;
    try {
      const answer = await fetch(url, {
        method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body()), signal: AbortSignal.timeout(20000),
      });
      if (answer.ok) {
        button.disabled = false;
        return done();
      }
      const refusal = await answer.json().catch(() => ({}));
      say((refusal.code === 'wrong_sign_in' && words.wrong) || (refusal.sentence ?? words.failed));
      if (answer.status === 429) seconds = Number(answer.headers.get('Retry-After')) || 1;
      if (answer.status === 401) password.value = '';
    } catch {
      say(words.away);
    }
    button.disabled = false;
    if (seconds) wait(seconds);
    else password.focus();
  });
}
