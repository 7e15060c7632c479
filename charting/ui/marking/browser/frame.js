/** What stands around the map: who, how it is saved, the views, and the tools. */

import { button, html, icon } from './dom.js';
import { lookOf, sessionIcon } from './glyphs.js';
import { day, t } from './words.js';

const SEX = { female: 'F', male: 'M', other: 'other', unknown: '' };
export const TOOLS = [['point', 'Point', 'P'], ['track', 'Track', 'T'], ['field', 'Field', 'F'], ['look', 'Look', 'L']];

function ageOn(born, on) {
  const [a, b] = [born, on].map((iso) => iso.slice(0, 10).split('-').map(Number));
  return b[0] - a[0] - (b[1] < a[1] || (b[1] === a[1] && b[2] < a[2]) ? 1 : 0);
}

export class Header {
  constructor(surface) {
    this.surface = surface;
    this.who = html('div', { class: 'cm-who' });
    this.saved = html('div', { class: 'cm-saved', role: 'status', 'aria-live': 'polite' });
    this.actions = html('div', { class: 'cm-actions' });
    this.strip = html('div', { class: 'cm-strip', role: 'status', hidden: true });
    this.element = html('header', { class: 'cm-header' }, this.who, html('div', { class: 'cm-right' }, this.saved, this.actions));
  }

  draw() {
    this.#drawWho();
    this.#drawSaved();
  }

  #drawWho() {
    const { facts, urls, mayWrite } = this.surface;
    const stamp = JSON.stringify([facts.patient, facts.course, facts.number, facts.last_on, mayWrite]);
    if (stamp === this.whoStamp) return;
    this.whoStamp = stamp;
    const { patient, course } = facts;
    const parts = [];
    if (urls.back) parts.push(html('a', { class: 'cm-back', href: urls.back, 'aria-label': t('Back') }, icon('back')));
    if (patient) {
      const name = patient.given_names ? `${patient.family_name}, ${patient.given_names}` : patient.family_name;
      const age = ageOn(patient.born, facts.started_at ?? new Date().toISOString());
      const about = [[t(SEX[patient.sex] ?? ''), age].filter((one) => one !== '').join(', '), patient.weight_kg && t('{kg} kg', { kg: patient.weight_kg })].filter(Boolean).join(' · ');
      parts.push(html('h1', { class: 'cm-name', dir: 'auto' }, name), html('span', { class: 'cm-about' }, about));
    } else {
      parts.push(html('span', { class: 'cm-about' }, t('No connection: the name is not kept on this device')));
    }
    const ago = facts.last_on && Math.round((Date.parse(facts.started_at.slice(0, 10)) - Date.parse(facts.last_on)) / 86400000);
    const which = course.planned_sessions ? t('session {n} of {all}', { n: facts.number, all: course.planned_sessions }) : t('session {n}', { n: facts.number });
    const when = facts.last_on ? (ago === 0 ? t('last today') : ago === 1 ? t('last yesterday') : t('last {n} days ago', { n: ago })) : t('first');
    parts.push(html('span', { class: 'cm-chip-line', title: facts.last_on ? day(facts.last_on) : null }, [course.problem, which, when].filter(Boolean).join(' · ')));
    for (const one of patient?.allergies ?? []) parts.push(html('span', { class: 'cm-chip-amber' }, t('Allergy: {what}', { what: one })));
    for (const one of patient?.cautions ?? []) parts.push(html('span', { class: 'cm-chip-amber' }, one));
    if (!mayWrite) parts.push(html('span', { class: 'cm-chip-line cm-read-only' }, t('Read-only')));
    this.who.replaceChildren(...parts);
  }

  #drawSaved() {
    const { model, sync, urls, mayWrite, foreign } = this.surface;
    const [saved, waiting, refused] = [model.saved, model.waiting.length, model.refused.length];
    const away = sync?.state === 'away';
    const out = sync?.state === 'signed_out';
    const stamp = JSON.stringify([saved, waiting, refused, away, out, mayWrite, foreign, sync?.trouble, model.standing?.seal?.name]);
    if (stamp === this.savedStamp) return;
    this.savedStamp = stamp;
    Object.assign(this.saved.dataset, { saved, waiting, refused, state: sync?.state ?? '' });
    const words = [waiting || refused ? t('{n} saved', { n: saved }) : saved ? t('All {n} saved', { n: saved }) : t('Nothing to save')];
    if (waiting) words.push(t('{n} waiting on this device', { n: waiting }));
    if (refused) words.push(t('{n} refused', { n: refused }));
    this.saved.className = `cm-saved ${refused ? 'cm-bad' : waiting || away || out ? 'cm-some' : 'cm-all'}`;
    this.saved.textContent = `${waiting || refused || away || out ? '' : '✓ '}${words.join(' · ')}`;
    const parts = [];
    if (urls.review && mayWrite) {
      const why = waiting ? t('Wait until all is saved.') : refused ? t('First look at what was refused.') : null;
      parts.push(why
        ? button({ class: 'cm-primary', 'aria-disabled': 'true', title: why, onclick: () => this.surface.say(why) }, t('Review & sign'))
        : html('a', { class: 'cm-primary', href: urls.review }, t('Review & sign')));
    }
    this.actions.replaceChildren(...parts);
    const strip = [];
    if (out) strip.push(t('You are not signed in any more. Marks on this device are kept; sign in again.'), html('a', { href: urls.signIn ?? '/sign-in', target: '_blank', rel: 'noopener' }, t('Sign in')));
    else if (away) strip.push(sync.trouble ?? t('No connection. Marks are kept on this device and sent when it is back.'));
    if (foreign) strip.push(t('{n} steps of another member of staff wait on this device. They are sent when that person signs in here.', { n: foreign }));
    if (model.standing?.seal) strip.push(t('Signed by {name} on {day}.', { name: model.standing.seal.name, day: day(model.standing.seal.at) }));
    this.strip.hidden = !strip.length;
    this.strip.replaceChildren(...strip);
  }
}

export class Rail {
  constructor(surface) {
    this.surface = surface;
    this.element = html('nav', { class: 'cm-rail', 'aria-label': t('Views') });
  }

  draw() {
    const { surface } = this;
    const counts = new Map();
    for (const mark of surface.model.marks) counts.set(mark.view, (counts.get(mark.view) ?? 0) + 1);
    const all = surface.model.marks.length;
    const stamp = JSON.stringify([surface.rail.map((entry) => entry.id), surface.view?.id, [...counts], all]);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    const item = (entry, words, count) => button({ class: 'cm-thumb', 'data-view': entry.id, 'aria-pressed': String(entry.id === surface.view?.id), title: entry.title,
      'aria-label': count ? t('{view}, {n} marks', { view: entry.title, n: count }) : entry.title, onclick: () => surface.go(entry.id) },
    html('img', { src: surface.atlas.thumbnail(entry.figure, entry.id), alt: '', draggable: 'false', loading: 'eager' }), html('span', {}, words), count ? html('i', { class: 'cm-count' }, count) : null);
    this.element.replaceChildren(...surface.rail.map((entry, i) => item(entry, i === 0 ? t('Full body') : surface.shortTitle(entry.id), i === 0 ? all : counts.get(entry.id) ?? 0)));
  }
}

export class Footer {
  constructor(surface) {
    this.surface = surface;
    this.element = html('footer', { class: 'cm-footer', role: 'toolbar', 'aria-label': t('Tools') });
  }

  draw() {
    const { surface } = this;
    const { model, layers, mayWrite, tool, ghosts } = surface;
    const stamp = JSON.stringify([model.canUndo, model.canRedo, layers, mayWrite, tool, ghosts.map((ghost) => [ghost.number, ghost.marks.length]), [...surface.ghostsShown], surface.canRepeat]);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    const focused = this.element.contains(document.activeElement) ? document.activeElement.dataset.name : null;
    const one = (name, words, { key, act, pressed, disabled, picture }) => button({ class: 'cm-tool', 'data-name': name, title: key ? `${words} (${key})` : words, 'aria-keyshortcuts': key ?? null,
      'aria-pressed': pressed === undefined ? null : String(pressed), 'aria-disabled': disabled ? 'true' : null, onclick: (event) => !disabled && act(event.currentTarget) }, picture ?? icon(name), html('span', {}, words));
    const layer = (name, words, key) => one(name, words, { key, pressed: Boolean(layers[name]), act: () => surface.setLayer(name) });
    const steps = mayWrite ? [
      one('undo', t('Undo'), { key: 'Control+Z', act: () => surface.undo(), disabled: !model.canUndo }),
      one('redo', t('Redo'), { key: 'Control+Y', act: () => surface.redo(), disabled: !model.canRedo })] : [];
    const tools = mayWrite ? TOOLS.map(([name, words, key]) => one(name, t(words), { key, pressed: tool === name, act: () => surface.setTool(name) })) : [];
    const near = ghosts.slice(-2).reverse();
    const sessions = near.map((ghost) => one(`session-${ghost.number}`, t('Session {n}', { n: ghost.number }), { pressed: surface.ghostsShown.has(ghost.number), picture: sessionIcon(ghost.number), act: () => surface.toggleGhost(ghost.number) }));
    if (ghosts.length > 2) sessions.push(one('sessions', t('Earlier'), { act: (at) => surface.openGhosts(at) }));
    const lay = mayWrite && ghosts.length ? [one('again', t('As last'), { act: () => surface.asLastSession(), disabled: !surface.canRepeat })] : [];
    this.element.replaceChildren(
      ...[steps, tools, [layer('bones', t('Bones'), 'B'), layer('landmarks', t('Landmarks'), 'M'), layer('labels', t('Labels'), 'N'), layer('sites', t('Sites'), 'S')], sessions, lay,
        [one('more', t('More'), { act: (at) => surface.openMore(at) })]].filter((group) => group.length).map((group) => html('div', { class: 'cm-group' }, ...group)));
    if (focused) this.element.querySelector(`[data-name="${focused}"]`)?.focus({ preventScroll: true });
  }
}

export const ghostWords = (ghost) => `${t('Session {n}', { n: ghost.number })} · ${day(ghost.on)} · ${lookOf(ghost.number).name}`;
