/** What every page does without its socket: signing out, which is refused while marks wait on this device. */

const meta = document.querySelector('meta[name=charting-pages]');
const told = meta ? JSON.parse(meta.content) : null;
let outbox = null;

/** Return the steps that wait on this device to be saved, those of a session or of all. */
async function steps(session) {
  if (!('indexedDB' in window)) return [];
  outbox ??= import(`${told.code}/outbox.js`).then(({ Outbox }) => Outbox.open());
  return (await (await outbox).steps(session)).filter((step) => step.state === 'waiting');
}

const waiting = async () => (await steps()).length;

async function signOut() {
  const said = document.getElementById('said');
  said.textContent = '';
  const waits = await steps().catch(() => []);
  if (waits.length) {
    said.textContent = `${told.waiting.replace('{count}', waits.length)} `;
    const link = document.createElement('a');
    link.href = `/sessions/${waits[0].session}`;
    link.textContent = told.open;
    said.append(link);
    return;
  }
  // the server tells all pages of this login that it ended; this one leaves by itself, and for nobody's page
  const { login } = window.charting;
  window.charting.login = () => true;
  try {
    const answer = await fetch('/api/v1/logout', { method: 'POST', credentials: 'same-origin' });
    if (!answer.ok && answer.status !== 401) throw new Error(`${answer.status}`);
    location.replace('/sign-in');
  } catch {
    window.charting.login = login;
    said.textContent = told.away;
  }
}

window.charting = Object.assign(window.charting ?? {}, { waiting, waitingSteps: steps });
document.addEventListener('click', (event) => {
  if (event.target.closest?.('[data-sign-out]')) signOut();
});
