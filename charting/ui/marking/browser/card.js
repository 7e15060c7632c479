/** The name card: what a mark just placed is called, with the next best names one tap away. It never blocks. */

import { button, html } from './dom.js';
import { t } from './words.js';

const STAYS = 4000; // ms
const SETTLED = 350; // ms before a chip takes a tap: a finger on its way to the next mark does not rename this one
const BELOW_LETTERS = 48; // px: the patient's R or L and the view's name stay readable

export class NameCard {
  #timer = 0;

  constructor(board, { rename, other }) {
    Object.assign(this, { board, rename, other });
    this.element = html('div', { class: 'cm-card', hidden: true, role: 'status' });
    // it lies above the map, and only its chips take a tap: one that was there before the finger came down
    this.element.addEventListener('pointerdown', (event) => {
      this.pressed = event.target.closest('button') !== null && event.timeStamp > this.since + SETTLED;
      if (this.pressed) event.stopPropagation();
    });
  }

  get markId() {
    return this.element.hidden ? null : this.id;
  }

  show(mark, at) {
    clearTimeout(this.#timer);
    if (this.id !== mark.id || this.element.hidden) this.since = performance.now();
    this.id = mark.id;
    this.at = at;
    this.fill(mark);
    this.element.hidden = false;
    this.place();
    this.#timer = setTimeout(() => this.hide(), STAYS);
  }

  /** Say anew what the mark is called: the server's word has come. */
  fill(mark) {
    const head = `${mark.number ?? '·'} · ${mark.name}`;
    const stamp = JSON.stringify([head, mark.others]);
    if (this.stamp === stamp && !this.element.hidden) return;
    this.stamp = stamp;
    const chip = (offer) => button({ class: 'cm-chip', onclick: (event) => this.#meant(event, () => this.rename(mark.id, offer.key)) }, html('span', {}, offer.name));
    this.element.replaceChildren(
      html('div', { class: 'cm-card-name' }, head),
      html('div', { class: 'cm-card-chips' }, ...(mark.others ?? []).slice(0, 2).map(chip),
        button({ class: 'cm-chip', onclick: (event) => this.#meant(event, () => this.other(mark.id)) }, t('Other…'))),
    );
  }

  /** Lie in the upper corner away from the mark: the next mark is most often near this one, and the hand below. */
  place() {
    if (this.element.hidden) return;
    const { x, y } = this.board.toBoard(this.at);
    const room = this.board.element;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const left = x < room.clientWidth / 2 ? room.clientWidth - width - 8 : 8;
    const narrow = width > 0.6 * room.clientWidth; // a telephone: away from the mark means above or below
    this.#put(Math.max(left, 8), narrow && y < room.clientHeight / 2 ? room.clientHeight - height - 8 : BELOW_LETTERS);
  }

  /** Do what a chip says if the finger came down on it; a click without a pointer is the keyboard's, and meant. */
  #meant(event, act) {
    if (event.detail !== 0 && !this.pressed) return;
    this.hide();
    act();
  }

  #put(left, top) {
    this.element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  hide() {
    clearTimeout(this.#timer);
    this.element.hidden = true;
  }
}
