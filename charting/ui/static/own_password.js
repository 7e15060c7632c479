/** The form in which one changes one's own password: the answer brings a new cookie, which no socket can set. */

import { askPassword } from './asking_password.js';

function begin(form) {
  const { differ, changed, wrong, wait, away, failed } = form.dataset;
  const { password, fresh, again } = form.elements;
  const said = form.querySelector('.said');
  askPassword(form, {
    url: '/api/v1/me/password',
    body: () => ({ password: password.value, new: fresh.value }),
    refuse: () => (fresh.value === again.value ? null : differ),
    done: () => {
      form.reset();
      said.classList.remove('wrong');
      said.textContent = changed;
    },
    words: { wait, away, failed, wrong },
  });
}

// the page draws the form when it likes; nobody can send it before a field has had the cursor
document.addEventListener('focusin', ({ target }) => {
  const form = target.closest?.('form[data-own-password]');
  if (!form || form.dataset.begun) return;
  form.dataset.begun = 'yes';
  begin(form);
});
