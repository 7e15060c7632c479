/** The name card: what a mark just placed is called, with the next best names one tap away. It never blocks. */

import { button, html } from './dom.js';
import { t } from './words.js';

const STAYS = 4000; // ms

export class NameCard {
  #timer = 0;

  constructor(board, { rename, other }) {
    Object.assign(this, { board, rename, other });
    this.element = html('div', { class: 'cm-card', hidden: true, role: 'status' });
    // it lies above the map, and only its chips take a tap
    this.element.addEventListener('pointerdown', (event) => event.target.closest('button') && event.stopPropagation());
  }

  get markId() {
    return this.element.hidden ? null : this.id;
  }

  show(mark, at) {
    clearTimeout(this.#timer);
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
    const chip = (offer) => button({ class: 'cm-chip', onclick: () => { this.hide(); this.rename(mark.id, offer.key); } }, html('span', {}, offer.name));
    this.element.replaceChildren(
      html('div', { class: 'cm-card-name' }, head),
      html('div', { class: 'cm-card-chips' }, ...(mark.others ?? []).slice(0, 2).map(chip),
        button({ class: 'cm-chip', onclick: () => { this.hide(); this.other(mark.id); } }, t('Other…'))),
    );
  }

  /** Lie beside the mark: above it if there is room, for the hand is below; never over it. */
  place() {
    if (this.element.hidden) return;
    const { x, y } = this.board.toBoard(this.at);
    const room = this.board.element;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const left = Math.min(Math.max(x - width / 2, 8), room.clientWidth - width - 8);
    const above = y - height - 34;
    if (above >= 8) return this.#put(left, above);
    // no room above: at the side on which the figure is not under the hand, left first
    const side = x - width - 34;
    return this.#put(side >= 8 ? side : Math.min(x + 34, room.clientWidth - width - 8), Math.max(8, Math.min(y - height, room.clientHeight - height - 8)));
  }

  #put(left, top) {
    this.element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  hide() {
    clearTimeout(this.#timer);
    this.element.hidden = true;
  }
}
