/** Small choosers: a few large answers beside the value that was tapped, and a field for any other. */

import { millilitres } from './amounts.js';
import { button, html } from './dom.js';
import { t } from './words.js';

const MILLILITRES = ['0.1', '0.2', '0.3', '0.5', '1', '2', '3', '5'];
const COUNTS = [1, 2, 3, 4, 5, 6, 8, 10];
const NEEDLES = ['30G 13 mm', '27G 13 mm', '27G 38 mm', '25G 25 mm', '25G 38 mm', '25G 50 mm', '22G 50 mm', '22G 90 mm'];
const DEPTHS = [5, 10, 15, 20, 25, 30, 40, 50];
const AGENTS = ['dextrose', 'lidocaine', 'procaine', 'ropivacaine', 'bupivacaine', 'mepivacaine', 'sodium_morrhuate', 'phenol', 'glycerine'];

export const GUIDANCE = { landmark: 'landmark', ultrasound: 'ultrasound', fluoroscopy: 'fluoroscopy', ct: 'CT' };
export const TECHNIQUE = {
  enthesis: 'enthesis', peppering: 'peppering', fan: 'fan', bolus: 'bolus', intra_articular: 'intra-articular',
  perineural: 'perineural', bleb: 'bleb', fenestration: 'fenestration',
};

/** Return how a depth is said. */
export function depthWords({ to_bone: toBone, depth_mm: depth }) {
  if (depth && toBone) return t('{n} mm, to bone', { n: depth });
  if (depth) return t('{n} mm', { n: depth });
  return toBone ? t('to bone') : t('not stated');
}

/** One small dialog at a time, beside what opened it; Escape or a tap elsewhere closes it. */
export class Chooser {
  constructor(root) {
    this.root = root;
    this.element = html('div', { class: 'cm-chooser', role: 'dialog', hidden: true });
    root.append(this.element);
    this.outside = (event) => {
      if (this.open && !this.element.contains(event.target) && !this.anchor?.contains?.(event.target)) this.close();
    };
    document.addEventListener('pointerdown', this.outside, true);
  }

  destroy() {
    document.removeEventListener('pointerdown', this.outside, true);
  }

  get open() {
    return !this.element.hidden;
  }

  /** Show content beside an element or a point of the window {x, y}. */
  show(anchor, title, ...content) {
    const again = this.open && this.anchor === anchor;
    this.close();
    if (again) return;
    this.anchor = anchor;
    this.element.setAttribute('aria-label', title);
    this.element.replaceChildren(html('div', { class: 'cm-chooser-title' }, title), ...content);
    this.element.hidden = false;
    const home = this.root.getBoundingClientRect();
    const stretch = home.width / this.root.offsetWidth || 1;
    const box = anchor.getBoundingClientRect?.() ?? { left: anchor.x, right: anchor.x, top: anchor.y, bottom: anchor.y };
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const left = Math.min((box.left - home.left) / stretch, this.root.offsetWidth - width - 8);
    const below = (box.bottom - home.top) / stretch + 6;
    const top = below + height <= this.root.offsetHeight - 8 ? below : Math.max(8, (box.top - home.top) / stretch - height - 6);
    this.element.style.left = `${Math.max(8, left)}px`;
    this.element.style.top = `${top}px`;
    (this.element.querySelector('[aria-pressed=true], [data-first]') ?? this.element.querySelector('button, input'))?.focus({ preventScroll: true });
  }

  close() {
    if (!this.open) return;
    const inside = this.element.contains(document.activeElement);
    this.element.hidden = true;
    if (inside) this.anchor?.focus?.({ preventScroll: true });
    this.anchor = null;
  }

  #grid(pairs, chosen, take, className = '') {
    return html('div', { class: `cm-answers ${className}` }, ...pairs.map(([value, words]) =>
      button({ class: 'cm-answer', 'aria-pressed': String(value === chosen), onclick: () => { this.close(); take(value); } }, words)));
  }

  #field(label, value, read, take, attributes = {}) {
    const input = html('input', { value, 'aria-label': label, autocomplete: 'off', ...attributes });
    const wrong = html('div', { class: 'cm-wrong', role: 'alert' });
    const form = html('form', { class: 'cm-other', novalidate: true, onsubmit: (event) => {
      event.preventDefault();
      const result = read(input.value);
      if (result === null) {
        wrong.textContent = attributes['data-wrong'];
        input.setAttribute('aria-invalid', 'true');
        return;
      }
      this.close();
      take(result);
    } }, html('label', {}, html('span', {}, label), input), html('button', { class: 'cm-primary', type: 'submit' }, t('Set')));
    return html('div', {}, form, wrong);
  }

  millilitres(anchor, value, take) {
    this.show(anchor, t('mL for each deposit'), this.#grid(MILLILITRES.map((one) => [one, one]), value, take),
      this.#field(t('Other, mL'), value, millilitres, take, { inputmode: 'decimal', 'data-wrong': t('Between 0 and 1000 mL, to the microlitre.') }));
  }

  count(anchor, title, value, take) {
    const read = (text) => (/^\d{1,3}$/.test(text.trim()) && Number(text) <= 500 ? Number(text) : null);
    this.show(anchor, title, this.#grid(COUNTS.map((one) => [one, String(one)]), value, take),
      this.#field(t('Other number'), String(value), read, take, { inputmode: 'numeric', 'data-wrong': t('A whole number from 0 to 500.') }));
  }

  deposits(anchor, { deposits, punctures }, take) {
    const row = (label, field, value) => html('div', {}, html('div', { class: 'cm-chooser-part' }, label),
      this.#grid(COUNTS.map((one) => [one, String(one)]), value, (count) => take({ [field]: count })));
    const read = (text) => (/^\d{1,3}$/.test(text.trim()) && Number(text) <= 500 ? Number(text) : null);
    const attributes = { inputmode: 'numeric', 'data-wrong': t('A whole number from 0 to 500.') };
    this.show(anchor, t('Deposits and punctures'), row(t('Deposits'), 'deposits', deposits),
      this.#field(t('Other number of deposits'), String(deposits), read, (count) => take({ deposits: count }), attributes),
      row(t('Punctures of the skin'), 'punctures', punctures));
  }

  needle(anchor, value, take) {
    this.show(anchor, t('Needle'), this.#grid(NEEDLES.map((one) => [one, one]), value, take, 'cm-wide'),
      this.#field(t('Other needle'), value, (text) => text.trim().slice(0, 200), take, {}));
  }

  depth(anchor, value, take) {
    const read = (text) => (/^\d{1,3}$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= 300 ? Number(text) : null);
    const now = value.depth_mm ? null : value.to_bone ? 'bone' : 'none';
    this.show(anchor, t('Depth'),
      this.#grid([['bone', t('to bone')], ['none', t('not stated')]], now, (one) => take({ to_bone: one === 'bone', depth_mm: null }), 'cm-wide'),
      this.#grid(DEPTHS.map((one) => [one, t('{n} mm', { n: one })]), value.depth_mm, (depth) => take({ to_bone: false, depth_mm: depth })),
      this.#field(t('Other, mm'), value.depth_mm ?? '', read, (depth) => take({ to_bone: false, depth_mm: depth }), { inputmode: 'numeric', 'data-wrong': t('A whole number of mm from 1 to 300.') }));
  }

  oneOf(anchor, title, words, value, take) {
    const pairs = [...Object.entries(words).map(([key, word]) => [key, t(word)]), [null, t('not stated')]];
    this.show(anchor, title, this.#grid(pairs, value, take, 'cm-wide'));
  }

  /** Choose the syringe; `make` is given a new solution's fields, where one may be made. */
  solution(anchor, solutions, chosen, take, make) {
    const rows = solutions.map((one) => button({ class: 'cm-row-answer', 'aria-pressed': String(one.id === chosen), onclick: () => { this.close(); take(one.id); } },
      html('b', {}, one.name), html('small', {}, solutionFacts(one))));
    const more = make ? [button({ class: 'cm-row-answer', onclick: () => this.newSolution(anchor, make) }, html('b', {}, t('Another solution…')))] : [];
    this.show(anchor, t('Syringe'), html('div', { class: 'cm-rows' }, ...rows, ...more,
      button({ class: 'cm-row-answer', 'aria-pressed': String(chosen === null), onclick: () => { this.close(); take(null); } }, html('b', {}, t('No solution (needling alone)')))));
  }

  newSolution(anchor, make) {
    const parts = [['dextrose', '15'], ['lidocaine', '0.2']].map(([agent, percent]) => ({
      agent: html('select', { 'aria-label': t('Drug') }, html('option', { value: '' }, t('none')), ...AGENTS.map((one) => html('option', { value: one, selected: one === agent }, t(one.replaceAll('_', ' '))))),
      percent: html('input', { value: percent, inputmode: 'decimal', 'aria-label': t('Strength, %'), size: 5 }),
    }));
    const lots = html('input', { 'aria-label': t('Lots'), maxlength: 200 });
    const prepared = html('input', { inputmode: 'decimal', 'aria-label': t('Prepared, mL'), size: 6 });
    const wrong = html('div', { class: 'cm-wrong', role: 'alert' });
    const form = html('form', { class: 'cm-form', onsubmit: (event) => {
      event.preventDefault();
      const components = parts.filter(({ agent }) => agent.value).map(({ agent, percent }) => ({ agent: agent.value, percent: percent.value.trim().replace(',', '.') }));
      const bad = components.some(({ percent }) => !/^\d{1,3}(\.\d{1,4})?$/.test(percent) || !(Number(percent) > 0 && Number(percent) <= 100));
      const ml = prepared.value.trim() ? millilitres(prepared.value) : undefined;
      if (!components.length || bad) { wrong.textContent = t('A strength is more than 0 and at most 100 %.'); return; }
      if (new Set(components.map(({ agent }) => agent)).size < components.length) { wrong.textContent = t('Each drug can be named once.'); return; }
      if (ml === null) { wrong.textContent = t('Between 0 and 1000 mL, to the microlitre.'); return; }
      const name = components.map(({ agent, percent }) => `${agent.replaceAll('_', ' ')} ${percent} %`).join(' + ');
      this.close();
      make({ name: name[0].toUpperCase() + name.slice(1), components, lots: lots.value.trim(), prepared_ml: ml ?? null });
    } },
    ...parts.map(({ agent, percent }) => html('div', { class: 'cm-form-row' }, agent, percent, html('span', {}, '%'))),
    html('label', { class: 'cm-form-row' }, html('span', {}, t('Lots')), lots),
    html('label', { class: 'cm-form-row' }, html('span', {}, t('Prepared, mL')), prepared), wrong,
    html('button', { class: 'cm-primary', type: 'submit' }, t('Put on the tray')));
    this.close();
    this.show(anchor, t('Another solution'), form);
  }

  /** Choose a site by its name among all of a view. */
  site(anchor, names, take) {
    const found = html('div', { class: 'cm-rows cm-scrolls' });
    const all = Object.entries(names).sort((a, b) => a[1].localeCompare(b[1]));
    const list = (text) => {
      const words = text.toLowerCase().split(/\s+/).filter(Boolean);
      const rows = all.filter(([, name]) => words.every((word) => name.toLowerCase().includes(word)));
      found.replaceChildren(...rows.map(([key, name]) => button({ class: 'cm-row-answer', onclick: () => { this.close(); take(key); } }, name)),
        button({ class: 'cm-row-answer', onclick: () => { this.close(); take(null); } }, html('b', {}, t('No name for this place'))));
    };
    const input = html('input', { 'data-first': true, type: 'search', 'aria-label': t('Find a site'), placeholder: t('Find a site'), oninput: () => list(input.value) });
    list('');
    this.show(anchor, t('What this mark means'), input, found);
  }

  menu(anchor, title, items) {
    this.show(anchor, title, html('div', { class: 'cm-rows' }, ...items.filter(Boolean).map(({ words, detail, act, pressed }) =>
      button({ class: 'cm-row-answer', 'aria-pressed': pressed === undefined ? null : String(pressed), onclick: () => { this.close(); act(); } }, html('b', {}, words), detail && html('small', {}, detail)))));
  }
}

/** Return what else is known of a solution, in a line. */
export function solutionFacts(solution) {
  const formula = solution.components.map(({ agent, percent }) => `${t(agent.replaceAll('_', ' '))} ${percent} %`).join(' + ');
  const own = solution.name.toLowerCase() === formula.toLowerCase() ? null : formula;
  return [own, solution.lots && t('lots {lots}', { lots: solution.lots }), solution.prepared_ml && t('{ml} mL prepared', { ml: solution.prepared_ml })].filter(Boolean).join(' · ');
}
