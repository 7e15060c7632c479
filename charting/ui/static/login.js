/**
 * Keeps a page in step with its login: notes that somebody is there, says when the page is about to lock, covers it
 * when it locks and asks for the password, and leaves it when the login has ended. Marks that wait stay on the device.
 */

import { askPassword } from './asking_password.js';

const NOTE_EVERY = 30_000; // ms between two notes that somebody is there
const LOOK_EVERY = 1_000;
const WARN = 60_000; // ms before the lock
const AGAIN = 5_000; // ms between two tries of a page that was one too many
const SEEN = 'charting.seen'; // when this browser was last used, for all its pages

const meta = JSON.parse(document.querySelector('meta[name=charting-login]').content);
const { words } = meta;
const idle = meta.idle_s * 1000;

let state = 'live';
let noted = 0;
let due = null;
let who = { name: '', sign_in: '' };
let asking = false;
let soon = null;
let veil = null;
let title = null;
let crowded = null;

const seen = () => Number(localStorage.getItem(SEEN)) || 0;

/** Somebody touched the page. */
function used() {
  if (state !== 'live') return;
  const now = Date.now();
  // a touch after the time, before the clock's next tick, is too late
  if (now - seen() >= idle) return void look();
  localStorage.setItem(SEEN, String(now));
  const left = soon ? 0 : noted + NOTE_EVERY - now;
  quiet();
  if (left <= 0) note();
  else due ??= setTimeout(note, left);
}

function note() {
  clearTimeout(due);
  due = null;
  if (state !== 'live') return;
  noted = Date.now();
  fetch('/still-here', { method: 'POST', credentials: 'same-origin' })
    .then((answer) => answer.status === 401 && ask())
    .catch(() => undefined); // without a network the server locks when it is time, and so does this page
}

/** Ask the server what the login is. */
async function ask() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch('/login-state', { credentials: 'same-origin', signal: AbortSignal.timeout(8000) });
    const now = await answer.json();
    if (now.name) who = now;
    if (now.state === 'live') localStorage.setItem(SEEN, String(Date.now() + now.locks_in_s * 1000 - idle));
    to(now.state);
  } catch {
    // away from the server: what this device knows is enough to cover the page
    if (Date.now() - seen() >= idle) to('locked');
  } finally {
    asking = false;
  }
}

function look() {
  const left = seen() + idle - Date.now();
  if (state !== 'live') return;
  if (left <= 0) ask();
  else if (left <= WARN) warn(left);
  else quiet();
}

function warn(left) {
  if (!soon) {
    soon = document.createElement('div');
    soon.className = 'charting-soon';
    soon.setAttribute('role', 'status');
    document.body.append(soon);
  }
  soon.textContent = words.soon.replace('{seconds}', Math.ceil(left / 1000));
}

/** A page that was one too many says so, and tries again: a refusal by the server is final for its socket. */
function lookAtSocket() {
  const { socket } = window;
  const refused = Boolean(socket) && !socket.connected && !socket.active && state === 'live';
  if (refused && !crowded) {
    crowded = document.createElement('div');
    crowded.className = 'charting-soon';
    crowded.setAttribute('role', 'alert');
    crowded.textContent = words.crowded;
    document.body.append(crowded);
  }
  if (refused && Date.now() - (crowded.tried ?? 0) >= AGAIN) {
    crowded.tried = Date.now();
    socket.connect();
  } else if (crowded && socket.connected) {
    crowded.remove();
    crowded = null;
  }
}

function quiet() {
  soon?.remove();
  soon = null;
}

function to(next) {
  if (next === state || !['live', 'locked', 'ended'].includes(next)) return;
  state = next;
  quiet();
  if (next === 'live') uncover();
  else cover();
  if (next === 'ended') location.replace(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  window.dispatchEvent(new CustomEvent(`charting:${next}`));
}

/** Hide everything behind a form that asks for the password. */
function cover() {
  if (veil) return;
  title = document.title;
  document.title = words.locked;
  document.documentElement.classList.add('charting-locked');
  document.getElementById('app')?.setAttribute('inert', '');
  veil = document.createElement('div');
  veil.className = 'charting-veil';
  veil.innerHTML = `<form class="charting-card"><h1></h1><p></p><div class="said" role="alert"></div>
    <input type="text" name="username" autocomplete="username" hidden>
    <label><span></span><input type="password" name="password" autocomplete="current-password" required maxlength="200"></label>
    <button type="submit"></button><button type="button" class="quiet"></button></form>`;
  const form = veil.firstElementChild;
  form.querySelector('h1').textContent = words.locked;
  form.querySelector('p').textContent = [who.name, words.kept].filter(Boolean).join('. ');
  form.querySelector('span').textContent = words.password;
  form.elements.username.value = who.sign_in;
  const [unlock, other] = form.querySelectorAll('button');
  unlock.textContent = words.unlock;
  other.textContent = words.other;
  // what waits on this device waits for whoever made it
  other.addEventListener('click', async () => {
    if ((await window.charting.waiting?.()) > 0) return void (form.querySelector('.said').textContent = words.waiting);
    fetch('/api/v1/logout', { method: 'POST', credentials: 'same-origin' }).then(() => to('ended'), () => {
      form.querySelector('.said').textContent = words.away;
    });
  });
  askPassword(form, {
    url: '/api/v1/unlock',
    body: () => ({ password: form.elements.password.value }),
    done: () => {
      noted = Date.now();
      localStorage.setItem(SEEN, String(noted));
      to('live');
    },
    words,
  });
  for (const kind of ['keydown', 'keyup', 'keypress', 'pointerdown', 'click', 'paste']) {
    veil.addEventListener(kind, (event) => event.stopPropagation());
  }
  document.body.append(veil);
  form.elements.password.focus();
}

function uncover() {
  veil?.remove();
  veil = null;
  if (title !== null) document.title = title;
  document.documentElement.classList.remove('charting-locked');
  document.getElementById('app')?.removeAttribute('inert');
}

window.charting = Object.assign(window.charting ?? {}, {
  /** The server says what has become of this page's login. */
  login: (next) => {
    to(next);
    return true;
  },
  /** Something was refused for want of a login: find out why. */
  askLogin: ask,
});

for (const kind of ['pointerdown', 'keydown', 'wheel']) {
  window.addEventListener(kind, used, { capture: true, passive: true });
}
// while it is covered, no key reaches what lies behind
window.addEventListener('keydown', (event) => {
  if (state !== 'live' && !veil?.contains(event.target)) event.stopImmediatePropagation();
}, { capture: true });
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && state === 'live' && look());
ask().then(() => setInterval(() => {
  look();
  lookAtSocket();
}, LOOK_EVERY));
