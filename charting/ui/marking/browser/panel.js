/** The right panel: the syringe and what the next mark inherits, the numbered list, what is to be heeded, totals. */

import { brief, mlOf } from './amounts.js';
import { depthWords, GUIDANCE, solutionFacts, TECHNIQUE } from './choosers.js';
import { button, html, icon } from './dom.js';
import { Model } from './model.js';
import { t } from './words.js';

export class Panel {
  constructor(surface) {
    this.surface = surface;
    this.tray = html('section', { class: 'cm-tray', 'aria-label': t('Syringe and technique') });
    this.list = html('ol', { class: 'cm-list', 'aria-label': t('Marks') });
    this.heed = html('div', { class: 'cm-heed', 'aria-live': 'polite' });
    this.sums = html('div', { class: 'cm-totals', role: 'group', 'aria-label': t('Totals') });
    this.fold = button({ class: 'cm-fold', 'aria-expanded': 'false', onclick: () => this.unfold() }, icon('up'));
    this.element = html('aside', { class: 'cm-panel' }, this.fold, this.tray, this.list, this.heed, this.sums);
    this.rows = new Map();
  }

  unfold(open = this.element.dataset.open === undefined) {
    if (open) this.element.dataset.open = '';
    else delete this.element.dataset.open;
    this.fold.setAttribute('aria-expanded', String(open));
  }

  draw() {
    this.#drawTray();
    this.#drawList();
    this.#drawHeed();
    this.#drawTotals();
  }

  #drawTray() {
    const { surface } = this;
    const { chooser, model } = surface;
    const mark = surface.chosen ? model.mark(surface.chosen) : null;
    const writes = surface.mayWrite && !mark?.refused;
    const value = mark ? mark.injection : surface.nextInjection();
    const stamp = JSON.stringify([mark?.id, mark?.number, mark?.state, mark?.refused, value, writes, model.solutions, surface.tool]);
    if (stamp === this.trayStamp) return;
    this.trayStamp = stamp;
    const solution = model.solutions.find((one) => one.id === value.solution_id);
    const set = (change) => (mark ? surface.changeMark(mark.id, change) : surface.setTray(change));
    const tile = (label, words, open, wide = false) => {
      const inside = [html('small', {}, label), html('b', {}, words)];
      const one = writes
        ? button({ class: `cm-value${wide ? ' cm-wide' : ''}`, 'aria-label': `${label}: ${words}`, 'aria-haspopup': 'dialog', onclick: (event) => open(event.currentTarget) }, ...inside)
        : html('div', { class: `cm-value${wide ? ' cm-wide' : ''}` }, ...inside);
      return one;
    };
    const none = t('not stated');
    const title = solution?.name ?? (model.solutions.length ? t('No solution') : t('Choose the syringe'));
    const syringe = [html('b', {}, title, writes && html('i', { class: 'cm-more-sign', 'aria-hidden': 'true' })), html('small', {}, solution ? solutionFacts(solution) : t('A volume needs a solution.'))];
    const fields = html('div', { class: 'cm-values' },
      tile(t('mL / deposit'), value.ml_each, (at) => chooser.millilitres(at, value.ml_each, (ml) => set({ ml_each: ml }))),
      tile(t('Deposits'), value.punctures === value.deposits || value.punctures === 1 ? String(value.deposits) : `${value.deposits} · ${value.punctures}`,
        (at) => chooser.deposits(at, value, set)),
      tile(t('Depth'), depthWords(value), (at) => chooser.depth(at, value, set)),
      tile(t('Needle'), value.needle || none, (at) => chooser.needle(at, value.needle, (needle) => set({ needle }))),
      tile(t('Guidance'), value.guidance ? t(GUIDANCE[value.guidance]) : none, (at) => chooser.oneOf(at, t('Guidance'), GUIDANCE, value.guidance, (guidance) => set({ guidance }))),
      tile(t('Technique'), value.technique ? t(TECHNIQUE[value.technique]) : none, (at) => chooser.oneOf(at, t('Technique'), TECHNIQUE, value.technique, (technique) => set({ technique }))));
    const head = mark
      ? html('div', { class: 'cm-tray-head' }, html('span', { class: 'cm-tray-of' }, mark.number ? t('Mark {n}', { n: mark.number }) : t(mark.refused ? 'Refused mark' : mark.state === 'planned' ? 'Planned mark' : 'Skipped mark')),
        button({ class: 'cm-quiet', onclick: () => surface.choose(null) }, t('Back to the tray')))
      : null;
    this.tray.classList.toggle('cm-of-mark', Boolean(mark));
    this.tray.replaceChildren(...[head,
      writes ? button({ class: 'cm-syringe', 'aria-haspopup': 'dialog', onclick: (event) => chooser.solution(event.currentTarget, model.solutions, value.solution_id, (id) => set({ solution_id: id }), (made) => surface.addSolution(made, set)) }, ...syringe)
        : html('div', { class: 'cm-syringe' }, ...syringe),
      fields].filter(Boolean));
  }

  #drawList() {
    const { model, chosen } = this.surface;
    const ids = new Set(model.marks.map((mark) => mark.id));
    for (const [id, row] of this.rows) {
      if (!ids.has(id)) {
        row.element.remove();
        this.rows.delete(id);
      }
    }
    let before = null;
    for (const mark of model.marks) {
      let row = this.rows.get(mark.id);
      if (!row) {
        row = { element: html('li') };
        this.rows.set(mark.id, row);
      }
      this.#drawRow(row, mark, mark.id === chosen);
      const wanted = before ? before.nextSibling : this.list.firstChild;
      if (wanted !== row.element) this.list.insertBefore(row.element, wanted);
      before = row.element;
    }
    if (!model.marks.length) {
      if (!this.empty) this.empty = html('li', { class: 'cm-empty' });
      this.empty.textContent = this.surface.mayWrite ? t('No marks yet. Tap where the needle went in.') : t('No marks in this session.');
      this.list.append(this.empty);
    } else this.empty?.remove();
  }

  #drawRow(row, mark, chosen) {
    const { surface } = this;
    const of = [mark, mark.number, chosen, surface.view, surface.views, surface.mayWrite];
    if (row.of?.every((one, i) => one === of[i])) return;
    row.of = of;
    const elsewhere = mark.view !== surface.view?.id && surface.views.length > 1 ? surface.shortTitle(mark.view) : null;
    const stamp = JSON.stringify([mark.number, mark.name, mark.state, mark.injection, mark.waiting, mark.refused, mark.sentence, chosen, elsewhere, surface.mayWrite]);
    if (row.stamp === stamp) return;
    const was = row.chosen;
    Object.assign(row, { stamp, chosen });
    const words = { planned: t('planned'), skipped: t('skipped'), given: t('{ml} mL', { ml: mlOf(mark.injection) }) }[mark.state];
    const detail = [mark.shape.kind === 'track' && t('track, {n} deposits', { n: mark.injection.deposits }),
      mark.shape.kind === 'field' && t('field, {n} deposits', { n: mark.injection.deposits }), elsewhere, mark.provenance,
      mark.waiting && t('waiting on this device'), mark.refused && t('refused')].filter(Boolean).join(' · ');
    const main = button({ class: 'cm-row', 'aria-pressed': String(chosen), 'aria-label': Model.spoken(mark),
      onclick: () => surface.choose(mark.id, { reveal: true }),
      onpointerenter: () => surface.light(mark.id, true), onpointerleave: () => surface.light(mark.id, false) },
    html('i', { class: 'cm-row-disc' }, mark.refused ? '!' : mark.number ?? ''),
    html('span', { class: 'cm-row-name', title: mark.name }, mark.name, detail && html('small', {}, detail)),
    html('span', { class: 'cm-row-ml' }, mark.refused ? '' : words));
    const acts = [];
    if (chosen && surface.mayWrite && !mark.refused) {
      if (mark.state !== 'given') acts.push(button({ class: 'cm-act cm-strong', onclick: () => surface.setState(mark.id, 'given') }, t('Give')));
      if (mark.state === 'planned') acts.push(button({ class: 'cm-act', onclick: () => surface.setState(mark.id, 'skipped') }, t('Skip')));
      acts.push(button({ class: 'cm-act', onclick: (event) => surface.openNames(mark.id, event.currentTarget) }, t('Name…')));
      acts.push(button({ class: 'cm-act', onclick: () => surface.withdraw(mark.id) }, t('Withdraw')));
    }
    row.element.className = ['cm-item', chosen && 'cm-chosen', mark.waiting && 'cm-waiting', mark.refused && 'cm-refused', `cm-${mark.state}`].filter(Boolean).join(' ');
    row.element.replaceChildren(...[main, acts.length && html('div', { class: 'cm-acts' }, ...acts)].filter(Boolean));
    // after the next frame: laying out rows that were never seen takes longer than a frame
    if (chosen && !was) requestAnimationFrame(() => setTimeout(() => row.element.scrollIntoView({ block: 'nearest' })));
  }

  /** Light a row while the pointer is over its mark. */
  light(id, on) {
    this.rows.get(id)?.element.classList.toggle('cm-lit', on);
  }

  #drawHeed() {
    const { model, chosen } = this.surface;
    const notices = model.standing?.notices ?? [];
    const sorted = [...notices.filter((one) => one.mark_id !== chosen), ...notices.filter((one) => one.mark_id === chosen)].reverse();
    const stamp = JSON.stringify([model.refused.map((step) => [step.ask.id, step.sentence]), sorted, this.allNotices]);
    if (stamp === this.heedStamp) return;
    this.heedStamp = stamp;
    const refused = model.refused.map((step) => html('div', { class: 'cm-notice cm-notice-refused', role: 'alert' },
      html('span', {}, step.sentence ?? t('This was refused. Nothing was changed.')),
      button({ class: 'cm-act', onclick: () => this.surface.dismiss([step]) }, t('Dismiss'))));
    const shown = this.allNotices ? sorted : sorted.slice(0, 1);
    const tell = ({ weight, words, mark_id: id }) => {
      const act = id && model.mark(id) ? { onclick: () => this.surface.choose(id, { reveal: true }) } : null;
      return act ? button({ class: `cm-notice cm-notice-${weight}`, ...act }, words) : html('div', { class: `cm-notice cm-notice-${weight}` }, words);
    };
    const more = sorted.length > 1 && button({ class: 'cm-quiet', onclick: () => { this.allNotices = !this.allNotices; this.draw(); } },
      this.allNotices ? t('Show the newest alone') : t('{n} more', { n: sorted.length - 1 }));
    this.heed.replaceChildren(...refused, ...shown.map(tell), ...(more ? [more] : []));
  }

  #drawTotals() {
    const { totals } = this.surface.model;
    const agents = Object.entries(totals.mg_by_agent);
    const cells = [[String(totals.punctures), t('punctures')], [brief(totals.ml), t('mL')],
      ...agents.map(([agent, mg]) => [brief(mg), t('mg {agent}', { agent: t(agent.replaceAll('_', ' ')) })])];
    const stamp = JSON.stringify(cells);
    if (stamp === this.sumsStamp) return;
    this.sumsStamp = stamp;
    this.sums.replaceChildren(...cells.map(([number, words]) => html('div', { class: 'cm-total' }, html('b', {}, number), html('small', {}, words))));
  }
}
