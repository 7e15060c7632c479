/**
 * The session as it is shown: what the server said, with what this device has asked since laid over it.
 *
 * A command is one step, and is taken back by one other; nothing is merged by time. What the server has is never
 * changed by hand: `base` is what it said, `waiting` what it has not answered, and `marks` follows from both.
 */

import { mlOf, totalsOf } from './amounts.js';
import { newId } from './ids.js';
import { middleOf } from './shapes.js';
import { t } from './words.js';

const keyOf = (site) => {
  if (!site) return null;
  const part = site.level || site.digit;
  return `${site.structure}/${site.laterality}${part ? `/${part}` : ''}`;
};

/** Return a mark of the wire as it is held here. */
export function markOf({ mark, number, name, others }) {
  return {
    id: mark.id, view: mark.map.view, figure: mark.map.figure, shape: mark.shape, at: mark.at, site: keyOf(mark.site),
    name, others, number, state: mark.state, injection: mark.injection, provenance: mark.provenance,
    withdrawn: mark.withdrawn, revision: mark.revision, stored: true,
  };
}

const MOST_STEPS = 200; // that can be taken back

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export class Model {
  /*
   * What was done and can be taken back, as plain values that are kept with the steps:
   *   {words, ids, marks}                marks were placed, by their ids
   *   {words, ids, mark, forth, back}    a mark was changed: [kind, fields] each way
   * `ids` are those of the asks with which it was first done.
   */
  #done = [];
  #undone = [];
  #order = []; // ids of marks as they count, withdrawn ones among them
  base = new Map(); // marks as the server has them, by id
  steps = []; // outbox entries of this session: {order, ask, state, ...}
  revision = 0;
  standing = null;
  listeners = new Set();

  constructor(nameAt) {
    this.nameAt = nameAt; // (ask) -> {at, key, name, others}: what the browser makes of a place
  }

  changed() {
    this.#show();
    for (const listener of this.listeners) listener();
  }

  /** Take over a whole session as the server has it. */
  load(view, steps) {
    this.base = new Map(view.marks.map((one) => [one.mark.id, markOf(one)]));
    this.#order = view.marks.map((one) => one.mark.id);
    this.steps = steps;
    this.stand(view.standing);
    this.changed();
  }

  /** Take over how the session stands; an older answer that comes late changes nothing. */
  stand(standing) {
    if (this.standing && standing.revision < this.standing.revision) return;
    this.standing = standing;
    const numbered = this.#order.filter((id) => standing.numbers[id]);
    const sorted = [...numbered].sort((a, b) => standing.numbers[a] - standing.numbers[b]);
    let next = 0;
    this.#order = this.#order.map((id) => (standing.numbers[id] ? sorted[next++] : id));
  }

  /** Take over a mark as the server has it, unless a later one is here already. */
  take(one) {
    const mark = markOf(one);
    if ((this.base.get(mark.id)?.revision ?? 0) > mark.revision) return;
    if (!this.#order.includes(mark.id)) this.#order.push(mark.id);
    this.base.set(mark.id, mark);
  }

  /** The marks that show, in their order; waiting and refused ones among them. */
  marks = [];

  mark(id) {
    return this.marks.find((mark) => mark.id === id) ?? null;
  }

  get given() {
    return this.marks.filter((mark) => mark.state === 'given' && !mark.refused);
  }

  get waiting() {
    return this.steps.filter((step) => step.state === 'waiting');
  }

  get refused() {
    return this.steps.filter((step) => step.state === 'refused');
  }

  get saved() {
    return [...this.base.values()].filter((mark) => !mark.withdrawn).length;
  }

  get solutions() {
    return this.#solutions ?? [];
  }

  /** What the given marks come to: the server's word, or reckoned here while steps are on their way. */
  get totals() {
    return this.waiting.length || !this.standing ? totalsOf(this.given, this.solutions) : this.standing.totals;
  }

  #solutions = null;

  #show() {
    const shown = new Map(this.base); // what no step touches stays the same object: it need not be drawn again
    const order = [...this.#order];
    let solutions = [...(this.standing?.solutions ?? [])];
    for (const step of this.steps) {
      const { ask } = step;
      if (ask.kind === 'add_solution') {
        if (step.state === 'waiting' && !solutions.some((one) => one.id === ask.solution.id)) solutions.push(ask.solution);
      } else if (ask.kind === 'change_solution') {
        if (step.state === 'waiting') solutions = solutions.map((one) => (one.id === ask.solution.id ? ask.solution : one));
      } else if (ask.kind === 'place_mark') {
        if (shown.has(ask.mark_id)) continue; // acknowledged in another tab
        const named = this.nameAt(ask);
        shown.set(ask.mark_id, {
          id: ask.mark_id, view: ask.view, shape: ask.shape, at: named.at, site: named.key, name: named.name,
          others: named.others, state: ask.state, injection: ask.injection, provenance: ask.provenance, withdrawn: false,
          revision: 1, stored: false, waiting: step.state === 'waiting', refused: step.state === 'refused', reach: ask.reach,
          sentence: step.sentence,
        });
        order.push(ask.mark_id);
      } else if (step.state === 'waiting' && shown.has(ask.mark_id)) {
        shown.set(ask.mark_id, { ...shown.get(ask.mark_id), ...this.#after(ask), waiting: true, revision: ask.seen + 1 });
      }
    }
    this.#solutions = solutions;
    const marks = order.map((id) => shown.get(id)).filter((mark) => mark && !mark.withdrawn);
    let number = 0;
    for (const mark of marks) mark.number = mark.state === 'given' && !mark.refused ? ++number : null;
    this.marks = marks;
    this.all = shown;
  }

  #after(ask) {
    switch (ask.kind) {
      case 'withdraw_mark': return { withdrawn: true };
      case 'restore_mark': return { withdrawn: false };
      case 'change_mark': return { injection: ask.injection };
      case 'set_state': return { state: ask.state };
      case 'name_mark': return { site: ask.site, name: this.nameAt({ ...ask, chosen: true }).name };
      case 'move_mark': {
        const named = this.nameAt(ask);
        return { view: ask.view, shape: ask.shape, at: named.at, site: named.key, name: named.name, others: named.others };
      }
      default: return {};
    }
  }

  /* ---- what a person does: each returns asks, to be kept and sent ---- */

  #ask(kind, fields) {
    return { kind, id: newId(), made_at: new Date().toISOString(), ...fields };
  }

  /** Carry out a step that was not done before. */
  #do(step) {
    const asks = step.marks ? step.first : this.#changing(step, step.forth);
    const { first, ...kept } = step;
    this.#done = [...this.#done, { ...kept, ids: asks.map((ask) => ask.id) }].slice(-MOST_STEPS);
    this.#undone = [];
    return asks;
  }

  #back(step) {
    return step.marks ? this.#alive(step, false).reverse().map((id) => this.#onMark('withdraw_mark', id, {})) : this.#changing(step, step.back);
  }

  #again(step) {
    return step.marks ? this.#alive(step, true).map((id) => this.#onMark('restore_mark', id, {})) : this.#changing(step, step.forth);
  }

  /** Return the marks that a step placed and that are now withdrawn, or are not. */
  #alive(step, withdrawn) {
    return step.marks.filter((id) => this.all.has(id) && !this.all.get(id).refused && this.all.get(id).withdrawn === withdrawn);
  }

  #changing({ mark }, [kind, fields]) {
    return this.all.has(mark) ? [this.#onMark(kind, mark, fields)] : [];
  }

  #onMark(kind, id, fields) {
    return this.#ask(kind, { mark_id: id, seen: this.all.get(id).revision, ...fields });
  }

  /** What can be taken back and done again, to be kept; from where on nothing is written about a person. */
  get history() {
    const free = (steps) => steps.slice(steps.findLastIndex((step) => [step.forth, step.back].some((way) => way?.[1].injection?.note)) + 1);
    return { done: free(this.#done), undone: free(this.#undone) };
  }

  /** Go on from what was kept. */
  recall(history) {
    const there = (step) => (step.marks ?? [step.mark]).some((id) => this.all.has(id));
    this.#done = (history?.done ?? []).filter(there);
    this.#undone = (history?.undone ?? []).filter(there);
  }

  get canUndo() {
    return this.#done.at(-1)?.words ?? null;
  }

  get canRedo() {
    return this.#undone.at(-1)?.words ?? null;
  }

  undo() {
    const step = this.#done.pop();
    if (!step) return [];
    this.#undone.push(step);
    return this.#back(step);
  }

  redo() {
    const step = this.#undone.pop();
    if (!step) return [];
    this.#done.push(step);
    return this.#again(step);
  }

  /** Forget a step that was refused: it never happened, and cannot be taken back. */
  forget(id) {
    const of = (step) => !step.ids.includes(id);
    this.#done = this.#done.filter(of);
    this.#undone = this.#undone.filter(of);
  }

  /** Place marks as one step: what a tap does with one, and laying down planned marks with several. */
  place(places, words) {
    const first = places.map((fields) => this.#ask('place_mark', { mark_id: newId(), state: 'given', provenance: '', chosen: false, site: null, reach: 0, ...fields }));
    return this.#do({ words: words ?? t('place mark'), marks: first.map((ask) => ask.mark_id), first });
  }

  #change(mark, words, forth, back) {
    return this.#do({ words, mark, forth, back });
  }

  withdraw(id) {
    return this.#change(id, t('withdraw mark'), ['withdraw_mark', {}], ['restore_mark', {}]);
  }

  move(id, fields) {
    const was = this.all.get(id);
    const known = was.stored || was.chosen;
    const back = {
      view: was.view, shape: was.shape, atlas_sha256: fields.atlas_sha256, reach: was.reach ?? 0,
      chosen: Boolean(known), site: known ? was.site : null,
    };
    return this.#change(id, t('move mark'), ['move_mark', { chosen: false, site: null, ...fields }], ['move_mark', back]);
  }

  name(id, site) {
    return this.#change(id, t('name mark'), ['name_mark', { site }], ['name_mark', { site: this.all.get(id).site }]);
  }

  change(id, injection) {
    const was = this.all.get(id).injection;
    if (same(was, injection)) return [];
    return this.#change(id, t('change mark'), ['change_mark', { injection }], ['change_mark', { injection: was }]);
  }

  setState(id, state) {
    const words = state === 'given' ? t('give mark') : t('skip mark');
    return this.#change(id, words, ['set_state', { state }], ['set_state', { state: this.all.get(id).state }]);
  }

  /** Say in a line what a mark is, for the list and for a screen reader. */
  static spoken(mark) {
    const what = { planned: t('planned'), skipped: t('skipped'), given: t('{ml} mL', { ml: mlOf(mark.injection) }) }[mark.state];
    const state = mark.refused ? t('refused') : mark.waiting ? t('waiting on this device') : '';
    return [mark.number ? t('Mark {n}', { n: mark.number }) : t('Mark'), mark.name, what, state].filter(Boolean).join(', ');
  }

  static middle(mark) {
    return middleOf(mark.shape);
  }
}
