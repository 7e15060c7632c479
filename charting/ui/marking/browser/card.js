/** The name card: what a mark just placed is called, with the next best names one tap away. It never blocks. */

import { button, html } from './dom.js';
import { t } from './words.js';

const STAYS = 4000; // ms
const SETTLED = 350; // ms before a chip takes a tap: a finger on its way to the next mark does not rename this one
const SETTLED_OVER_FIGURE = 1000; // ms, where such a finger may well come down on a chip
const BELOW_LETTERS = 48; // px: the patient's R or L and the view's name stay readable
const ABOVE_SCALE = 56; // px: so does the scale
const EDGE = 8; // px
const CLEAR = 16; // px between the figure and the card: a disc at the figure's edge is not under it

export class NameCard {
  #timer = 0;

  constructor(board, { rename, other }) {
    Object.assign(this, { board, rename, other });
    this.element = html('div', { class: 'cm-card', hidden: true, role: 'status' });
    // it lies above the map, and only its chips take a tap: one that was there before the finger came down
    this.element.addEventListener('pointerdown', (event) => {
      this.pressed = event.target.closest('button') !== null && event.timeStamp > this.since + (this.overFigure ? SETTLED_OVER_FIGURE : SETTLED);
      if (this.pressed) event.stopPropagation();
    });
  }

  get markId() {
    return this.element.hidden ? null : this.id;
  }

  /** Say of which mark the card is to be shown next; hiding it takes that back. */
  expect(id) {
    this.expected = id;
  }

  show(mark, at) {
    clearTimeout(this.#timer);
    this.expected = null;
    this.id = mark.id;
    this.at = at;
    this.element.hidden = false;
    this.stamp = null;
    this.fill(mark);
    this.#timer = setTimeout(() => this.hide(), STAYS);
  }

  /** Say anew what the mark is called: the server's word has come. */
  fill(mark) {
    const head = `${mark.number ?? '·'} · ${mark.name}`;
    const stamp = JSON.stringify([head, mark.others]);
    if (this.stamp === stamp) return;
    this.stamp = stamp;
    this.since = performance.now(); // a finger that is on its way means the chip that it saw
    const chip = (offer) => button({ class: 'cm-chip', onclick: (event) => this.#meant(event, () => this.rename(mark.id, offer.key)) }, html('span', {}, offer.name));
    this.element.replaceChildren(
      html('div', { class: 'cm-card-name' }, head),
      html('div', { class: 'cm-card-chips' }, ...(mark.others ?? []).slice(0, 2).map(chip),
        button({ class: 'cm-chip', onclick: (event) => this.#meant(event, () => this.other(mark.id)) }, t('Other…'))),
    );
    this.place(); // other words are of another size
  }

  /**
   * Lie beside the mark where there is no figure: nothing can be marked there. Where the figure leaves no room, in the
   * upper corner away from the mark, for the next mark is most often near this one, and the hand below.
   */
  place() {
    if (this.element.hidden) return;
    const { x, y } = this.board.toBoard(this.at);
    const room = this.board.element;
    this.element.classList.add('cm-card-beside');
    const free = this.#beside(x, y, room.clientWidth, room.clientHeight);
    this.overFigure = !free;
    if (free) {
      this.#put(free.left, free.top);
      return;
    }
    this.element.classList.remove('cm-card-beside');
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const left = x < room.clientWidth / 2 ? room.clientWidth - width - EDGE : EDGE;
    const narrow = width > 0.6 * room.clientWidth; // a telephone: away from the mark means above or below
    this.#put(Math.max(left, EDGE), narrow && y < room.clientHeight / 2 ? room.clientHeight - height - EDGE : BELOW_LETTERS);
  }

  /** Return where the card lies free of the figure, above the mark's height if it can be, for the hand is below; or null. */
  #beside(x, y, roomWide, roomHigh) {
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const lowest = roomHigh - height - ABOVE_SCALE;
    if (lowest < BELOW_LETTERS) return null;
    const tops = [y - height - EDGE, BELOW_LETTERS, lowest].map((top) => Math.min(Math.max(top, BELOW_LETTERS), lowest));
    for (const top of tops) {
      const found = this.board.figureBetween(top - CLEAR, top + height + CLEAR);
      const [from, to] = found[0] <= found[1] ? found : [x, x]; // all of it is free
      const places = [];
      if (from - CLEAR - width >= EDGE) places.push(from - CLEAR - width);
      if (to + CLEAR + width <= roomWide - EDGE) places.push(to + CLEAR);
      if (places.length) return { left: places.sort((a, b) => Math.abs(a + width / 2 - x) - Math.abs(b + width / 2 - x))[0], top };
    }
    return null;
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
    this.expected = null;
    this.element.hidden = true;
  }
}
