/** The sign-in page. */

import { askPassword } from './asking_password.js';

const form = document.querySelector('form');
const { next, ...words } = form.dataset;

askPassword(form, {
  url: '/api/v1/login',
  body: () => ({ sign_in: form.elements.sign_in.value.trim(), password: form.elements.password.value }),
  done: () => location.replace(next),
  words,
});

// a link from outside does not bring the cookie along; asking again from here does
fetch('/login-state', { credentials: 'same-origin' })
  .then((answer) => answer.json())
  .then(({ state }) => state === 'live' && location.replace(next))
  .catch(() => undefined); // without a network the form says so when it is sent

(form.elements.sign_in.value ? form.elements.password : form.elements.sign_in).focus();
