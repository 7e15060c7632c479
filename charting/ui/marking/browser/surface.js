/**
 * The exam screen: header, views, map, panel and tools, of one session.
 *
 * It knows nothing of NiceGUI and needs no socket: the pages mount it, and so does the shell that answers when the
 * network is gone.
 */

import { ask, Refusal, Sync } from './sync.js';
import { Atlas, View } from './atlas.js';
import { Board } from './board.js';
import { NameCard } from './card.js';
import { Chooser } from './choosers.js';
import { button, html, icon } from './dom.js';
import { Footer, ghostWords, Header, Rail } from './frame.js';
import { Gesture } from './gesture.js';
import { reach, useGlyphs } from './glyphs.js';
import { newId } from './ids.js';
import { keyList, press } from './keyboard.js';
import { Model } from './model.js';
import { bare, Outbox } from './outbox.js';
import { Panel } from './panel.js';
import { fieldOf, middleOf, moved, trackOf } from './shapes.js';
import { t, useWords } from './words.js';

const FRESH = 600; // ms in which a mark just placed is not chosen by a tap: two quick taps are two marks
const FINE = 14; // px that a mouse or a pen may miss a mark; a finger may miss by half of its hit area
const FINGER_REACH = 10; // px that a finger may miss a site
const DOUBLE = 320; // ms between the taps of a double tap, in look mode only
const SKINS = [['', 'Light skin'], ['tone-2', 'Medium skin'], ['tone-3', 'Dark skin'], ['plain', 'Line drawing']];

const FRAME = 20; // ms that a frame with a new mark has for itself: a small device composes it on the same processor
const KEEPS_AFTER = 3000; // ms of rest after which the session is kept anew for an offline reload; marks are at once
const A_MARK = /^#mark=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

const DEFAULTS = { ml_each: '0.5', deposits: 1, punctures: 1, track_deposits: 4, field_deposits: 6, to_bone: false, depth_mm: null, needle: '', guidance: null, technique: null };

export class Surface {
  chosen = null;
  tool = 'point';
  layers = { bones: true, landmarks: false, labels: false, sites: false, skin: '' };
  ghosts = [];
  ghostsShown = new Set();
  views = []; // entries of the close-ups at hand
  rail = []; // those and the full body before them
  view = null;
  foreign = 0;
  facts = { course: {} };
  #fresh = new Map(); // ids of marks just placed: when
  #named = new WeakMap(); // what an ask's place is called, as long as it is asked of the same view
  #entries = new WeakMap(); // how a mark was last drawn: what has not changed is not looked at again
  #after = null; // what is done once the next frame is painted
  #lastTap = null;
  #crosshair = null;
  #leaving = [];

  /** `skin` is the class of the drawings' skin; without one, the one that this device showed last. */
  constructor(root, { session, base = '/api/v1', urls = {}, theme = 'auto', skin = null, words = null }) {
    Object.assign(this, { root, session, base, urls, theme, skin });
    useWords(words);
    root.classList.add('cm-root');
    root.surface = this;
    this.#followTheme();
  }

  /* ---- coming up ---- */

  /** Load and show; what fails is said, with a way to try again. Never throws. */
  async open() {
    this.#cover(html('div', { class: 'cm-loading', role: 'status' }, t('Opening the session…')));
    try {
      await this.#load();
    } catch (trouble) {
      this.#fail(trouble);
    }
  }

  async #load() {
    const had = this.outbox;
    this.outbox ??= await Outbox.open().catch((trouble) => {
      throw new Error(t('This device does not let the page keep marks until they are sent ({why}). Nothing was lost; leave private browsing or free some room, then try again.', { why: trouble.message }));
    });
    if (!had) navigator.storage?.persist?.();
    const get = (path, options) => ask(path, { timeout: 8000, ...options });
    const kept = async (name, fetching) => {
      // what holds no patient's data may be kept to be shown without a network
      try {
        const value = await fetching;
        await this.outbox.keep(name, value);
        return value;
      } catch (trouble) {
        const value = trouble instanceof Refusal && trouble.status < 500 ? null : await this.outbox.kept(name);
        if (!value) throw trouble;
        return value;
      }
    };
    this.atlas = new Atlas(this.base, (url) => (url.endsWith('/atlas') ? kept('atlas', get(url)) : get(url)), (url) => get(url, { text: true }));
    const [, glyphs, me] = await Promise.all([
      this.atlas.open(), kept('glyphs', get(`${this.base}/glyphs.json`)),
      kept('me', get(`${this.base}/me`).then((one) => ({ id: (one.staff ?? one).id }))),
    ]);
    useGlyphs(glyphs);
    this.me = me.id;
    this.layers = { ...this.layers, skin: await this.#itsSkin() };
    const [view, ghosts, online] = await this.#session();
    this.facts = view;
    if (this.atlas.sha256 !== view.atlas_sha256) throw new Error(t('This page shows an older release of the body maps. Marks already stored are safe; reload the page.'));
    this.ghosts = ghosts;
    if (ghosts.length) this.ghostsShown.add(ghosts.at(-1).number);
    this.model = new Model((one) => this.#nameAt(one));
    this.loadedViews = new Map();
    this.#build();
    this.model.load(view, await this.outbox.steps(this.session));
    this.model.recall(await this.outbox.kept(this.#undoName));
    this.model.revision = view.standing.revision;
    this.#chooseViews(view.course.region, view.course.sides);
    this.tray = { ...DEFAULTS, ...this.#trayFrom(ghosts), ...(await this.outbox.kept(`tray:${this.session}`)) };
    await this.#firstView();
    this.sync = new Sync({
      base: this.base, session: this.session, outbox: this.outbox,
      acts: {
        me: () => this.me, revision: () => this.model.revision, heard: (message) => this.#heard(message),
        pulled: (changes) => this.#pulled(changes), state: (state) => this.#stateChanged(state),
      },
    });
    this.sync.state = online ? 'online' : 'away';
    if (online) this.sync.listen();
    this.model.listeners.add(() => this.#changed());
    await this.#countForeign();
    this.#changed();
    this.#drawAround();
    this.#cover(null);
    this.#showWanted();
    this.#keep();
    this.sync.now();
    this.#prefetch();
  }

  /** Return the skin of the drawings that the page names, and keep it for when there is no page. */
  async #itsSkin() {
    if (this.skin === null) return (await this.outbox.kept('skin')) ?? '';
    this.outbox.keep('skin', this.skin).catch((trouble) => console.warn('charting: the skin of the maps could not be kept', trouble));
    return this.skin;
  }

  /** Where this login's steps are kept, so that a reload does not take away undo. */
  get #undoName() {
    return `undo:${this.session}:${this.me}`;
  }

  /** Return the session, the earlier ones and whether they are from the network; else what this device kept. */
  async #session() {
    const path = `${this.base}/sessions/${this.session}`;
    try {
      const [view, ghosts] = await Promise.all([ask(path, { timeout: 8000 }), ask(`${path}/ghosts`, { timeout: 8000 })]);
      const mine = [...ghosts].sort((a, b) => a.number - b.number);
      return [view, mine, true];
    } catch (trouble) {
      if (trouble instanceof Refusal && trouble.status < 500) throw trouble;
      const kept = await this.outbox.keptSession(this.session);
      if (!kept) throw trouble;
      return [kept.view, kept.ghosts, false];
    }
  }

  /** Keep what an offline reload needs: ids, geometry, fields; no name, nothing written about a person. */
  #keepSoon() {
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => {
      // with a thousand marks this takes longer than a frame, and the next tap must not wait for it
      if (window.requestIdleCallback) requestIdleCallback(() => this.#keep(), { timeout: 2000 });
      else this.#keep();
    }, KEEPS_AFTER);
  }

  #keep() {
    const { facts, model } = this;
    if (!this.view || !model.standing) return;
    const marks = [...model.base.values()].filter((mark) => !mark.withdrawn).map((mark) => bare(this.#wire(mark)));
    const view = {
      session_id: facts.session_id, number: facts.number, started_at: facts.started_at, figure: facts.figure,
      atlas_version: facts.atlas_version, atlas_sha256: facts.atlas_sha256, last_on: facts.last_on, may_write: facts.may_write,
      course: { region: facts.course.region, sides: facts.course.sides, planned_sessions: facts.course.planned_sessions },
      marks, standing: { ...model.standing, revision: model.revision, details: {}, notices: [], seal: model.standing.seal && { at: model.standing.seal.at, name: '' } },
    };
    const ghosts = this.ghosts.map((ghost) => ({ ...ghost, marks: ghost.marks.map(bare) }));
    this.outbox.keepSession(this.session, { view, ghosts }).catch((trouble) => console.warn('charting: the session could not be kept for an offline reload', trouble));
  }

  #wire(mark) {
    const [structure, laterality, part] = (mark.site ?? '').split('/');
    const site = mark.site ? { structure, laterality, level: part ?? null, digit: null } : null;
    return {
      mark: { id: mark.id, map: { figure: mark.figure, view: mark.view }, shape: mark.shape, at: mark.at, site, state: mark.state, injection: mark.injection, provenance: mark.provenance, withdrawn: false, revision: mark.revision },
      number: null, name: mark.name, others: mark.others,
    };
  }

  #fail(trouble) {
    console.error('charting: the exam screen could not open', trouble);
    const out = trouble instanceof Refusal && trouble.status === 401;
    const words = trouble.sentence ?? (trouble instanceof TypeError || trouble.name === 'TimeoutError' || trouble.name === 'AbortError'
      ? t('The session could not be loaded: the server did not answer. Marks on this device are kept.') : trouble.message);
    this.#cover(html('div', { class: 'cm-failed', role: 'alert' }, html('h2', {}, out ? t('You are not signed in') : t('The session is not shown')), html('p', {}, words),
      html('div', { class: 'cm-failed-acts' }, out && html('a', { class: 'cm-primary', href: this.urls.signIn ?? '/sign-in' }, t('Sign in')),
        button({ class: out ? 'cm-act' : 'cm-primary', onclick: () => { this.#teardown(); this.open(); } }, t('Try again')))));
  }

  /** State a fact on the root for the style sheet; only a change, for each one styles the whole screen anew. */
  #say_of(fact, value) {
    if (this.root.dataset[fact] !== value) this.root.dataset[fact] = value;
  }

  #cover(content) {
    this.root.querySelector(':scope > .cm-cover')?.remove();
    if (content) this.root.append(html('div', { class: 'cm-cover' }, content));
  }

  #build() {
    this.#teardown();
    this.board = new Board();
    this.board.look(this.layers);
    this.chooser = new Chooser(this.root);
    this.header = new Header(this);
    this.railBar = new Rail(this);
    this.panel = new Panel(this);
    this.footer = new Footer(this);
    this.card = new NameCard(this.board, { rename: (id, key) => this.rename(id, key), other: (id) => this.openNames(id, this.card.board.toClient(Model.middle(this.model.mark(id)))) });
    this.toast = html('div', { class: 'cm-toast', role: 'status', 'aria-live': 'polite', hidden: true });
    this.fitButton = button({ class: 'cm-fit', hidden: true, title: t('Fit the figure'), 'aria-label': t('Fit the figure'), onclick: () => this.board.fit() }, icon('fit'));
    this.mapError = html('div', { class: 'cm-map-error', role: 'alert', hidden: true });
    // what lies above the map and is tapped is no tap on the map
    for (const element of [this.fitButton, this.mapError]) element.addEventListener('pointerdown', (event) => event.stopPropagation());
    this.toast.addEventListener('pointerdown', (event) => event.target.closest('button') && event.stopPropagation());
    // on the map and not above it: the map must not move under a finger when the network goes
    this.header.strip.addEventListener('pointerdown', (event) => event.target.closest('a') && event.stopPropagation());
    this.board.element.append(this.header.strip, this.card.element, this.toast, this.fitButton, this.mapError);
    this.main = html('main', { class: 'cm-main' }, this.railBar.element, this.board.element, this.panel.element);
    this.root.prepend(this.header.element, this.main, this.footer.element);
    this.board.onmove = () => this.card.place();
    this.board.onrest = () => { this.fitButton.hidden = this.board.zoom < 1.02; this.#drawMarks(); };
    this.#listen();
  }

  #teardown() {
    clearTimeout(this.keeping);
    for (const leave of this.#leaving.splice(0)) leave();
    this.sync?.close();
    this.sync = null;
    this.chooser?.destroy();
    for (const one of this.root.querySelectorAll(':scope > :not(.cm-cover)')) one.remove();
    this.view = null;
    this.chosen = null;
  }

  destroy() {
    this.#teardown();
    this.root.replaceChildren();
  }

  #on(target, name, act, options) {
    target.addEventListener(name, act, options);
    this.#leaving.push(() => target.removeEventListener(name, act, options));
  }

  #followTheme() {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => {
      const { classList } = document.body;
      const own = this.theme !== 'auto' ? this.theme : classList.contains('body--dark') ? 'dark' : classList.contains('body--light') ? 'light' : null;
      const now = own ?? (dark.matches ? 'dark' : 'light');
      this.root.dataset.theme = now;
      this.layers = { ...this.layers, dark: now === 'dark' };
      this.board?.look(this.layers);
    };
    dark.addEventListener('change', follow);
    new MutationObserver(follow).observe(document.body, { attributes: true, attributeFilter: ['class'] });
    follow();
  }

  setTheme(theme) {
    this.theme = theme;
    this.root.dataset.theme = theme;
    this.layers = { ...this.layers, dark: theme === 'dark' };
    this.board.look(this.layers);
  }

  /* ---- views ---- */

  get mayWrite() {
    return Boolean(this.facts.may_write) && !this.model?.standing?.seal;
  }

  #chooseViews(region, sides) {
    const all = this.atlas.views(this.facts.figure);
    const full = all.filter((entry) => entry.region === 'full');
    const close = all.filter((entry) => entry.region === region && region !== 'full' && (!entry.side || sides === 'both' || sides === 'midline' || entry.side === sides));
    this.views = close.length ? close : full.slice(1);
    this.rail = [full[0], ...this.views];
    this.sides = sides;
  }

  /** Return a view's name for a small button: its aspect, and its side where both are at hand. */
  shortTitle(id) {
    const entry = this.atlas.entry(this.facts.figure, id);
    if (!entry) return id;
    const aspect = t(entry.aspect[0].toUpperCase() + entry.aspect.slice(1));
    const region = this.views.includes(entry) || entry.region === 'full' ? '' : `${entry.title.split(',')[0]}, `;
    const both = new Set(this.views.map((one) => one.side)).size > 1;
    return region ? `${region}${aspect.toLowerCase()}` : both && entry.side ? `${entry.side === 'right' ? t('R') : t('L')} ${aspect.toLowerCase()}` : aspect;
  }

  /** Return the mark that the page's address names, or null. */
  get #wantedMark() {
    const [, id] = A_MARK.exec(location.hash) ?? [];
    return id ?? null;
  }

  /** Show and choose the mark that the page's address names, in the view in which it was made. */
  async #showWanted() {
    const id = this.#wantedMark;
    if (!id) return;
    const mark = this.model.mark(id);
    if (!mark) {
      this.say(t('The mark that was to be shown is not in this session any more.'));
      return;
    }
    if (mark.view !== this.view.id) await this.go(mark.view);
    if (this.view?.id === mark.view) this.choose(id, { reveal: true });
  }

  async #firstView() {
    const first = this.model.marks.findLast((mark) => this.views.some((entry) => entry.id === mark.view))?.view;
    await this.#show(first ?? this.views[0].id);
  }

  async #show(id) {
    const { figure } = this.facts;
    const [view, drawing] = await Promise.all([this.#view(id), this.atlas.drawing(figure, id)]);
    this.view = view;
    this.board.show(view, drawing);
    this.#crosshair = null;
    this.board.crosshair(null);
  }

  async #view(id) {
    const view = await this.atlas.view(this.facts.figure, id);
    this.loadedViews.set(id, view);
    return view;
  }

  /** Show another view; what fails is said on the map, and the view before stays. */
  async go(id) {
    this.card.hide();
    this.chooser.close();
    this.gesture.escape();
    const wanted = (this.wanted = Symbol(id));
    this.mapError.hidden = true;
    try {
      const { figure } = this.facts;
      await Promise.all([this.#view(id), this.atlas.drawing(figure, id)]);
      if (this.wanted !== wanted) return;
      const entry = this.atlas.entry(figure, id);
      if (!this.rail.includes(entry)) this.#chooseViews(entry.region, entry.side ?? (entry.region === 'full' ? 'both' : this.sides));
      await this.#show(id);
      this.#changed();
    } catch (trouble) {
      if (this.wanted !== wanted) return;
      console.error('charting: a view could not be shown', trouble);
      const title = this.atlas.entry(this.facts.figure, id)?.title ?? id;
      this.mapError.replaceChildren(html('p', {}, t('The map “{view}” could not be loaded. Marks are safe.', { view: title })),
        button({ class: 'cm-primary', onclick: () => this.go(id) }, t('Try again')), button({ class: 'cm-act', onclick: () => { this.mapError.hidden = true; } }, t('Stay on this map')));
      this.mapError.hidden = false;
    }
  }

  step(by) {
    const at = this.rail.findIndex((entry) => entry.id === this.view?.id);
    this.go(this.rail[(at + by + this.rail.length) % this.rail.length].id);
  }

  /** Fetch the other views of the region while nothing is to be done: they are at hand when the network is gone. */
  async #prefetch() {
    for (const { id } of [...this.views, this.rail[0]]) {
      try {
        await Promise.all([this.#view(id), this.atlas.drawing(this.facts.figure, id)]);
        this.model.changed();
      } catch {
        return; // it is asked for again when it is looked at, and says then what is the matter
      }
    }
    this.prefetched = true;
  }

  /* ---- drawing ---- */

  /** Draw the marks at once, and what stands around the map when they are painted. */
  #changed() {
    if (!this.view || !this.tray) return;
    if (this.chosen && !this.model.mark(this.chosen)) this.chosen = null;
    if (!this.mayWrite && this.tool !== 'look') this.tool = 'look';
    this.#drawOwn();
    this.#afterPaint('around', () => this.#drawAround());
    this.#keepSoon();
  }

  /** Do something once the next frame is painted: the hand waits for its mark, and for nothing else. */
  #afterPaint(name, act) {
    if (this.#after) {
      this.#after.set(name, act);
      return;
    }
    this.#after = new Map([[name, act]]);
    const later = () => {
      const acts = this.#after;
      this.#after = null;
      // the card first: it is measured, which is quick as long as nothing else has changed
      if (this.view) for (const name of ['card', 'around']) acts.get(name)?.();
    };
    if (document.hidden) setTimeout(later); // no frame comes
    else requestAnimationFrame(() => setTimeout(later, FRAME));
  }

  #drawAround() {
    this.#drawGhosts();
    this.header.draw();
    this.railBar.draw();
    this.panel.draw();
    this.footer.draw();
    this.#say_of('tool', this.tool);
    if (this.card.markId) {
      const mark = this.model.mark(this.card.markId);
      if (mark) this.card.fill(mark);
      else this.card.hide();
    }
  }

  /** Show the name card of a mark once the mark itself is painted, unless the hand is at the next one by then. */
  #cardOf(mark, at) {
    this.card.expect(mark.id);
    this.#afterPaint('card', () => {
      if (this.card.expected !== mark.id) return;
      const now = this.model.mark(mark.id);
      if (now) this.card.show(now, at);
    });
  }

  /** Return what stands beside a mark on the map, where there is little room: the list has the whole of it. */
  #labelOf(mark) {
    if (mark.site) return mark.name;
    const [near] = mark.others ?? [];
    return near ? t('near {site}', { site: near.name }) : t('unnamed place');
  }

  /** Return how a mark is drawn on the view that is shown; the same object as long as nothing of it changes. */
  #entryOf(mark) {
    const last = this.#entries.get(mark);
    if (last && last.view === this.view && last.number === mark.number) return last.entry;
    const seen = this.#seen(mark, mark.view);
    const entry = seen && {
      key: mark.id, shape: seen.shape, name: this.#labelOf(mark), label: mark.refused ? '!' : mark.number ? String(mark.number) : '', deposits: mark.injection.deposits,
      spoken: Model.spoken(mark),
      classes: [`cm-${mark.state}`, mark.waiting && 'cm-waiting', mark.refused && 'cm-refused', !seen.own && 'cm-from-elsewhere'].filter(Boolean),
    };
    this.#entries.set(mark, { view: this.view, number: mark.number, entry });
    return entry;
  }

  #drawMarks() {
    if (!this.view || !this.model) return;
    this.#drawOwn();
    this.#drawGhosts();
  }

  #drawOwn() {
    const entries = this.model.marks.map((mark) => this.#entryOf(mark)).filter(Boolean);
    this.board.draw('marks', entries, { labels: this.layers.labels });
    this.board.ring('chosen', this.chosen);
    this.board.ring('lit', this.lit);
  }

  #drawGhosts() {
    if (!this.ghosts.length) return;
    // a ghost that was laid down as planned is that planned mark now
    const laid = new Set(this.model.marks.filter((mark) => mark.provenance).map((mark) => JSON.stringify([mark.view, mark.shape])));
    const ghosts = this.ghosts.filter((ghost) => this.ghostsShown.has(ghost.number)).flatMap((ghost) => ghost.marks.map((one) => {
      if (laid.has(JSON.stringify([one.mark.map.view, one.mark.shape]))) return null;
      const seen = this.#seen({ at: one.mark.at, shape: one.mark.shape, figure: one.mark.map.figure }, one.mark.map.view);
      return seen && { key: `ghost-${one.mark.id}`, shape: seen.shape, session: ghost.number, name: one.name, deposits: one.mark.injection.deposits, classes: ['cm-of-session'] };
    })).filter(Boolean);
    this.board.draw('ghosts', ghosts);
  }

  /** Return a mark with its shape in the view that is shown, or null if it is not seen there. */
  #seen(mark, viewId) {
    const here = viewId === this.view.id && (!mark.figure || mark.figure === this.view.figure);
    if (here) return { mark, shape: mark.shape, own: true };
    if (!mark.at) return null;
    const { x, y, visible } = this.view.project(mark.at);
    return visible ? { mark, shape: { kind: 'point', at: { x, y } }, own: false } : null;
  }

  /** Say what lies at the place of an ask, as far as this device can tell. */
  #nameAt(one) {
    const view = this.loadedViews?.get(one.view ?? this.model?.all?.get(one.mark_id)?.view);
    const nameOf = (key) => this.view?.names[key] ?? view?.nameOf(key) ?? key;
    if (!one.shape) return { name: one.site ? nameOf(one.site) : t('unnamed place') };
    if (!view) return { at: null, key: null, name: t('mark'), others: [] };
    const last = this.#named.get(one);
    if (last?.view === view) return last.said;
    const said = this.#nameOn(view, one, nameOf);
    this.#named.set(one, { view, said });
    return said;
  }

  #nameOn(view, one, nameOf) {
    const { x, y } = middleOf(one.shape);
    const at = view.lift(x, y);
    if (one.chosen) return { at, key: one.site, name: one.site ? nameOf(one.site) : t('unnamed place'), others: [] };
    const named = view.name(x, y, one.reach);
    if (named.key) return { at, ...named };
    const near = named.others[0];
    return { at, key: null, others: named.others, name: near ? t('unnamed place, {n} mm from {site}', { n: Math.round(near.outside), site: near.name }) : t('unnamed place') };
  }

  /* ---- gestures ---- */

  #listen() {
    const surface = this;
    const { board } = this;
    const reachOf = (type) => (type === 'touch' ? reach() : FINE);
    this.gesture = new Gesture({
      tool: () => (surface.mayWrite && surface.view?.file.areas.length && surface.tool === 'point' ? 'look' : surface.tool),
      hit: (pointer) => board.hit(pointer, reachOf(pointer.type), (id) => surface.#isFresh(id)),
      isChosen: (id) => id === surface.chosen,
      canDrag: (id) => surface.mayWrite && !surface.model.mark(id)?.refused,
      paintTentative: (pointer) => {
        const at = board.toMap(pointer);
        if (surface.view.onFigure(at.x, at.y)) board.paintTentative(at, String(surface.model.given.length + 1));
      },
      unpaint: () => board.unpaint(),
      paintStroke: (tool, path) => board.paintStroke(tool, path.map((point) => board.toMap(point))),
      tap: (pointer) => surface.#tap(pointer),
      longPress: (pointer) => surface.#longPress(pointer),
      stroke: (tool, path) => surface.#stroke(tool, path.map((point) => board.toMap(point))),
      drag: (id, pointer, begun) => board.shift(id, surface.#offset(pointer, begun)),
      dragBack: (id) => board.shift(id, null),
      drop: (id, pointer, begun) => surface.#drop(id, surface.#offset(pointer, begun)),
      panFrom: (pointer) => board.panFrom(pointer),
      panTo: (pointer) => board.panTo(pointer),
      pinchFrom: (a, b) => board.pinchFrom(a, b),
      pinchTo: (a, b) => board.pinchTo(a, b),
      settle: () => board.settle(),
    });
    const pointer = (event) => ({ id: event.pointerId, type: event.pointerType, x: event.clientX, y: event.clientY, button: event.button });
    const element = board.element;
    // where the keyboard is shows to whoever uses it
    this.#on(this.root, 'pointerdown', (event) => {
      this.#say_of('input', 'pointer');
      if (!this.card.element.contains(event.target)) this.card.hide();
      if (!this.toast.contains(event.target)) this.toast.hidden = true;
    }, true);
    this.#on(document, 'keydown', () => this.#say_of('input', 'keys'), true);
    this.#on(window, 'hashchange', () => this.#showWanted());
    const byKeys = () => this.root.dataset.input === 'keys';
    this.#on(element, 'pointerdown', (event) => {
      if (event.button === 2) return;
      this.chooser.close();
      if (this.#crosshair) board.crosshair((this.#crosshair = null));
      this.gesture.down(pointer(event));
      // keeps the keyboard at the map, without the page scrolling to it
      if (!element.contains(document.activeElement)) element.focus({ preventScroll: true });
      event.preventDefault();
    });
    this.#on(window, 'pointermove', (event) => {
      if (this.gesture.state === 'idle') return this.#hover(event);
      const between = this.gesture.state === 'stroking' ? (event.getCoalescedEvents?.() ?? []).slice(0, -1).map((one) => ({ x: one.clientX, y: one.clientY })) : undefined;
      return this.gesture.move({ ...pointer(event), between });
    });
    this.#on(window, 'pointerup', (event) => this.gesture.up(pointer(event)));
    this.#on(window, 'pointercancel', (event) => this.gesture.cancel(pointer(event)));
    this.#on(element, 'contextmenu', (event) => event.preventDefault());
    this.#on(element, 'wheel', (event) => {
      if (event.target.closest('.cm-map-error')) return;
      event.preventDefault();
      if (!this.view) return;
      const lines = event.deltaMode === 1 ? 16 : 1;
      board.zoomAbout({ x: event.clientX, y: event.clientY }, Math.exp((-event.deltaY * lines) / (event.ctrlKey ? 120 : 400)));
    }, { passive: false });
    // a screen reader presses a mark without a pointer
    this.#on(element, 'click', (event) => {
      const id = event.target.closest?.('[data-mark]')?.dataset.mark;
      if (id && event.detail === 0) this.choose(id);
    });
    this.#on(element, 'focusin', (event) => {
      const id = event.target.closest?.('[data-mark]')?.dataset.mark;
      element.classList.toggle('cm-mark-has-focus', Boolean(id));
      if (id && id !== this.chosen && this.gesture.state === 'idle' && byKeys()) this.choose(id, { reveal: true });
      if (event.target === element && byKeys() && this.view && this.mayWrite) this.#showCross();
    });
    this.#on(element, 'focusout', () => element.classList.remove('cm-mark-has-focus'));
    this.#on(element, 'focusout', () => board.crosshair((this.#crosshair = null)));
    this.#on(document, 'keydown', (event) => {
      if (this.chooser.open && event.key === 'Escape') {
        this.chooser.close();
        event.preventDefault();
      } else if (!this.chooser.open || !this.chooser.element.contains(event.target)) press(this, event);
    });
    // iPadOS zooms the page with gesture events of its own
    this.#on(element, 'gesturestart', (event) => event.preventDefault());
  }

  #hover(event) {
    if (event.pointerType === 'pen') this.gesture.hover({ type: 'pen' });
    if (event.pointerType === 'touch' || !this.view) return;
    const id = this.board.element.contains(event.target) && event.target.closest ? this.board.hit({ x: event.clientX, y: event.clientY }, FINE) : null;
    if (id === this.lit) return;
    if (this.lit) this.light(this.lit, false);
    this.lit = id;
    this.board.element.classList.toggle('cm-over-mark', Boolean(id));
    this.board.element.title = id ? this.model.mark(id).name : ''; // whole: beside the mark it may be shortened
    if (id) this.light(id, true);
  }

  /** Light a mark's row and its disc. */
  light(id, on) {
    this.panel.light(id, on);
    this.board.ring('lit', on ? id : null);
  }

  #isFresh(id) {
    const at = this.#fresh.get(id);
    if (at === undefined) return false;
    if (performance.now() - at < FRESH) return true;
    this.#fresh.delete(id);
    return false;
  }

  #offset(pointer, begun) {
    const [from, to] = [this.board.toMap(begun), this.board.toMap(pointer)];
    return { x: to.x - from.x, y: to.y - from.y };
  }

  #tap(pointer) {
    const { tool, hit } = pointer;
    if (hit) {
      const mark = this.model.mark(hit);
      if (tool !== 'look' && mark?.state === 'planned' && this.mayWrite) return this.#give(mark);
      return this.choose(hit);
    }
    const at = this.board.toMap(pointer);
    if (tool === 'point') return this.#place(at, this.board.mm(pointer.type === 'touch' ? FINGER_REACH : 2));
    if (this.view.file.areas.length && this.#offerCloseUps(pointer, at)) return undefined;
    if (tool === 'look') {
      const now = performance.now();
      const double = this.#lastTap && now - this.#lastTap.at < DOUBLE && Math.hypot(this.#lastTap.x - pointer.x, this.#lastTap.y - pointer.y) < 30;
      this.#lastTap = double ? null : { at: now, x: pointer.x, y: pointer.y };
      if (double) return this.board.fit();
      if (this.gesture.penInUse && pointer.type === 'touch' && this.mayWrite && this.tool !== 'look') this.say(t('A pen is in use: fingers move the map and do not mark.'));
    } else if (tool === 'track') this.say(t('Draw the track with one stroke.'));
    else if (tool === 'field') this.say(t('Draw around the field with one stroke.'));
    return this.choose(null);
  }

  #offerCloseUps(pointer, at) {
    const found = this.view.closeUpsAt(at.x, at.y);
    const on = this.view.onFigure(at.x, at.y);
    if (!found.length && !on) return false;
    const { figure } = this.facts;
    const items = found.map((id) => ({ words: this.atlas.entry(figure, id).title, act: () => this.go(id) }));
    if (this.mayWrite && on) items.push({ words: t('Mark here, on the full body'), act: () => this.#place(at, this.board.mm(FINGER_REACH)) });
    if (!items.length) return false;
    this.chooser.menu({ x: pointer.x, y: pointer.y }, found.length ? t('Closer views') : t('No closer view here'), items);
    return true;
  }

  #place(at, reachMm) {
    const { view } = this;
    if (!view.onFigure(at.x, at.y)) return this.say(t('That is beside the figure. Nothing was stored; mark it again on the body.'));
    const point = { x: Math.round(at.x * 1000) / 1000, y: Math.round(at.y * 1000) / 1000 };
    return this.#placed({ kind: 'point', at: point }, reachMm);
  }

  #placed(shape, reachMm) {
    const asks = this.model.place([this.#on_map(shape, reachMm, { injection: this.nextInjection(shape.kind) })]);
    const id = asks[0].mark_id;
    this.#fresh.set(id, performance.now());
    this.chosen = null;
    this.commit(asks);
    const mark = this.model.mark(id);
    if (mark) this.#cardOf(mark, Model.middle(mark));
    return id;
  }

  #on_map(shape, reachMm, fields) {
    return { view: this.view.id, atlas_sha256: this.atlas.sha256, shape, reach: Math.round(Math.min(Math.max(reachMm, 0), 50) * 100) / 100, ...fields };
  }

  #stroke(tool, points) {
    const path = points.map(({ x, y }) => [x, y]);
    const { shape, refusal } = tool === 'track' ? trackOf(path, this.view.silhouette) : fieldOf(path, this.view.silhouette);
    if (refusal) return this.say(t(refusal));
    return this.#placed(shape, 2);
  }

  #drop(id, by) {
    this.board.shift(id, null);
    const mark = this.model.mark(id);
    if (mark) this.#move(mark, by, this.board.mm(FINGER_REACH));
  }

  #move(mark, by, reachMm) {
    const seen = this.#seen(mark, mark.view);
    if (!seen) return;
    const shape = moved(seen.shape, by.x, by.y);
    const off = (shape.kind === 'point' ? [shape.at] : (shape.path ?? [middleOf(shape)])).some(({ x, y }) => !this.view.onFigure(x, y));
    if (off) {
      this.say(t('That is beside the figure. The mark stays where it was.'));
      return;
    }
    if (!seen.own && mark.shape.kind !== 'point') {
      this.say(t('Tracks and fields are moved in the view in which they were drawn: {view}.', { view: this.shortTitle(mark.view) }));
      return;
    }
    this.chosen = mark.id;
    this.commit(this.model.move(mark.id, this.#on_map(shape, reachMm, {})));
    const now = this.model.mark(mark.id);
    if (now) this.#cardOf(now, Model.middle(now));
  }

  #give(mark) {
    this.commit(this.model.setState(mark.id, 'given'));
    const now = this.model.mark(mark.id);
    const seen = now && this.#seen(now, now.view);
    if (seen) this.#cardOf(now, middleOf(seen.shape));
  }

  #longPress({ hit, x, y }) {
    const mark = this.model.mark(hit);
    if (!mark) return;
    navigator.vibrate?.(10);
    if (this.mayWrite && mark.state === 'planned') {
      this.commit(this.model.setState(hit, 'skipped'));
      this.say(t('Skipped: {name}', { name: mark.name }), { undo: true });
      return;
    }
    this.choose(hit);
    if (!this.mayWrite || mark.refused) return;
    this.chooser.menu({ x: x + 24, y }, mark.number ? t('Mark {n}', { n: mark.number }) : mark.name, [
      mark.state !== 'given' && { words: t('Give'), act: () => this.setState(hit, 'given') },
      { words: t('Name…'), act: () => this.openNames(hit, { x, y }) },
      { words: t('Withdraw'), act: () => this.withdraw(hit) },
    ]);
  }

  /* ---- what a person does ---- */

  /** Keep asks on this device, show them, and send them. */
  commit(asks) {
    if (!asks.length || !this.mayWrite) return;
    const steps = asks.map((one) => ({ session: this.session, by: this.me, ask: one, state: 'waiting' }));
    const keeping = this.outbox.add(this.session, this.me, asks, [this.#undoName, this.model.history]); // before anything is drawn: the disk comes first
    this.model.steps = [...this.model.steps, ...steps];
    this.model.changed();
    keeping.then((orders) => {
      steps.forEach((step, i) => { step.order = orders[i]; });
      this.sync.tell({ kind: 'kept', session: this.session, steps });
      this.sync.flush();
    }).catch((trouble) => {
      console.error('charting: a step could not be kept on this device', trouble);
      const sentence = t('This device has no room to keep this step, so it was not sent. Free some room and do it again.');
      this.model.steps = this.model.steps.map((step) => (steps.includes(step) ? { ...step, state: 'refused', code: 'not_kept', sentence } : step));
      for (const { id } of asks) this.model.forget(id);
      this.model.changed();
    });
  }

  choose(id, { reveal = false } = {}) {
    if (this.chosen === id && !reveal) return;
    this.chosen = id;
    const mark = id && this.model.mark(id);
    if (mark && reveal) {
      const seen = this.#seen(mark, mark.view);
      if (seen) this.board.reveal(middleOf(seen.shape));
      else if (mark.view !== this.view.id) {
        this.go(mark.view);
        return;
      }
    }
    this.#changed();
  }

  setTool(tool) {
    this.gesture.escape();
    this.tool = tool;
    this.card.hide();
    this.panel.draw();
    this.footer.draw();
    this.#say_of('tool', tool);
  }

  setLayer(name) {
    this.layers = { ...this.layers, [name]: !this.layers[name] };
    this.board.look(this.layers);
    this.#drawMarks();
    this.footer.draw();
  }

  toggleGhost(number) {
    if (!this.ghostsShown.delete(number)) this.ghostsShown.add(number);
    this.#drawMarks();
    this.footer.draw();
  }

  openGhosts(anchor) {
    this.chooser.menu(anchor, t('Earlier sessions'), [...this.ghosts].reverse().map((ghost) => ({
      words: ghostWords(ghost), detail: t('{n} marks', { n: ghost.marks.length }), pressed: this.ghostsShown.has(ghost.number), act: () => this.toggleGhost(ghost.number),
    })));
  }

  openMore(anchor) {
    this.chooser.menu(anchor, t('More'), [
      ...SKINS.map(([skin, words]) => ({ words: t(words), pressed: this.layers.skin === skin, act: () => { this.layers = { ...this.layers, skin }; this.board.look(this.layers); this.footer.draw(); } })),
      { words: t('Keys'), act: () => this.help() },
    ]);
  }

  help() {
    this.chooser.show(this.footer.element, t('Keys'), keyList(this));
  }

  undo() {
    const what = this.model.canUndo;
    if (!what) return;
    this.card.hide();
    this.commit(this.model.undo());
    this.say(t('Undone: {what}', { what }));
  }

  redo() {
    const what = this.model.canRedo;
    if (!what) return;
    this.card.hide();
    this.commit(this.model.redo());
    this.say(t('Done again: {what}', { what }));
  }

  withdraw(id) {
    const mark = this.model.mark(id);
    if (!mark || mark.refused) return;
    this.card.hide();
    this.chosen = null;
    this.commit(this.model.withdraw(id));
    this.say(mark.number ? t('Mark {n} withdrawn', { n: mark.number }) : t('Mark withdrawn'), { undo: true });
    this.board.element.focus({ preventScroll: true });
  }

  setState(id, state) {
    this.commit(this.model.setState(id, state));
  }

  rename(id, site) {
    this.commit(this.model.name(id, site));
  }

  openNames(id, anchor) {
    const mark = this.model.mark(id);
    const view = this.loadedViews.get(mark?.view) ?? this.view;
    if (mark) this.chooser.site(anchor, { ...view.names }, (site) => this.rename(id, site));
  }

  changeMark(id, change) {
    const { injection } = this.model.mark(id);
    const next = { ...injection, ...change };
    if (!next.solution_id) next.ml_each = '0';
    if (change.ml_each && change.ml_each !== '0' && !next.solution_id) return this.say(t('A volume needs a solution. Choose the syringe first.'));
    if (change.solution_id && injection.ml_each === '0') next.ml_each = this.tray.ml_each;
    return this.commit(this.model.change(id, next));
  }

  /** Set what the next marks inherit; it sticks. */
  setTray(change) {
    const next = { ...change };
    if ('deposits' in next && this.tool !== 'point') {
      next[`${this.tool === 'field' ? 'field' : 'track'}_deposits`] = next.deposits;
      delete next.deposits;
    }
    this.tray = { ...this.tray, ...next };
    this.outbox.keep(`tray:${this.session}`, this.tray).catch((trouble) => console.warn('charting: the tray could not be kept', trouble));
    this.panel.draw();
  }

  /** Return what the next mark inherits. */
  nextInjection(kind = this.tool) {
    const { ml_each, to_bone, depth_mm, needle, guidance, technique, punctures } = this.tray;
    const solution = this.#solution();
    const deposits = { track: this.tray.track_deposits, field: this.tray.field_deposits }[kind] ?? this.tray.deposits;
    return {
      solution_id: solution, ml_each: solution ? ml_each : '0', deposits, punctures: kind === 'field' ? deposits : punctures,
      to_bone, depth_mm, needle, guidance, technique, note: '',
    };
  }

  #solution() {
    const { solutions } = this.model;
    if (this.tray.solution_id === undefined) return solutions[0]?.id ?? null;
    return solutions.some((one) => one.id === this.tray.solution_id) ? this.tray.solution_id : null;
  }

  #trayFrom(ghosts) {
    const last = [...this.model.base.values()].filter((mark) => mark.state === 'given' && !mark.withdrawn).at(-1)?.injection;
    const before = ghosts.at(-1)?.marks[0]?.mark.injection;
    const from = last ?? before ?? this.facts.usual;
    if (!from) return {};
    const { ml_each, to_bone, depth_mm, needle, guidance, technique } = from;
    return { ...(ml_each === '0' ? {} : { ml_each }), to_bone, depth_mm, needle, guidance, technique, ...(last ? { solution_id: last.solution_id } : {}) };
  }

  addSolution(fields, use) {
    const solution = { id: newId(), ...fields };
    this.commit([{ kind: 'add_solution', id: newId(), made_at: new Date().toISOString(), solution }]);
    use({ solution_id: solution.id });
  }

  get canRepeat() {
    const last = this.ghosts.at(-1);
    return Boolean(last?.marks.length) && !this.model.marks.some((mark) => mark.provenance === this.#provenance(last));
  }

  #provenance(ghost) {
    return t('from session {n}', { n: ghost.number });
  }

  /** Lay the last session's given marks down as planned; a tap gives one, a long press skips it. */
  asLastSession() {
    const last = this.ghosts.at(-1);
    const { figure } = this.facts;
    const usable = last.marks.filter(({ mark }) => mark.map.figure === figure && mark.map.atlas_sha256 === this.atlas.sha256 && this.atlas.entry(figure, mark.map.view));
    const left = last.marks.length - usable.length;
    if (!usable.length) return this.say(t('The last session was marked on other body maps, so it cannot be laid down.'));
    const places = usable.map((one) => {
      const { mark } = one;
      const site = mark.site && [mark.site.structure, mark.site.laterality, mark.site.level ?? mark.site.digit].filter(Boolean).join('/');
      const solution = this.#solution();
      const injection = { ...mark.injection, solution_id: solution, ml_each: solution ? mark.injection.ml_each : '0', note: '' };
      return { view: mark.map.view, atlas_sha256: this.atlas.sha256, shape: mark.shape, reach: 0, chosen: true, site, state: 'planned', provenance: this.#provenance(last), injection };
    });
    this.card.hide();
    for (let i = 0; i < places.length; i += 1000) this.commit(this.model.place(places.slice(i, i + 1000), t('lay down as last session')));
    return this.say(left ? t('{n} planned, {left} were on other maps. Tap one to give it, hold it to skip it.', { n: usable.length, left })
      : t('{n} planned. Tap one to give it, hold it to skip it.', { n: usable.length }), { undo: true });
  }

  /** Take refused steps out of sight: a person has read why. */
  dismiss(steps) {
    const ids = new Set(steps.map((step) => step.ask.id));
    this.model.steps = this.model.steps.filter((step) => !ids.has(step.ask.id));
    this.model.changed();
    const orders = steps.map((step) => step.order).filter((order) => order !== undefined);
    this.outbox.dismiss(orders).catch((trouble) => console.error('charting: a refused step could not be dismissed', trouble));
    this.sync.tell({ kind: 'dismissed', session: this.session, ids: [...ids] });
  }

  /* ---- keyboard ---- */

  zoom(factor) {
    const box = this.board.element.getBoundingClientRect();
    this.board.zoomAbout({ x: box.left + box.width / 2, y: box.top + box.height / 2 }, factor);
  }

  #showCross() {
    const box = this.board.element.getBoundingClientRect();
    this.#crosshair ??= this.board.toMap({ x: box.left + box.width / 2, y: box.top + box.height / 2 });
    this.board.crosshair(this.#crosshair);
  }

  /** Move the chosen mark by mm, or the crosshair. */
  arrow(dx, dy) {
    const mark = this.chosen && this.model.mark(this.chosen);
    if (mark && this.mayWrite && !mark.refused) {
      this.#move(mark, { x: dx, y: dy }, 2);
      this.board.focus(mark.id);
      return;
    }
    if (!this.mayWrite) return;
    this.#showCross();
    this.#crosshair = { x: this.#crosshair.x + dx, y: this.#crosshair.y + dy };
    this.board.crosshair(this.#crosshair);
    this.board.reveal(this.#crosshair);
  }

  enter() {
    const mark = this.chosen && this.model.mark(this.chosen);
    if (mark?.state === 'planned') return this.#give(mark);
    if (mark && !this.#crosshair) return undefined;
    if (!this.#crosshair) return this.#showCross();
    return this.#place(this.#crosshair, this.board.mm(2));
  }

  escape() {
    if (this.gesture.escape()) return;
    if (!this.card.element.hidden) return this.card.hide();
    if (this.#crosshair) {
      this.board.crosshair((this.#crosshair = null));
      return;
    }
    this.choose(null);
  }

  /** Say something beside the map for a while, with a way to take the last step back. */
  say(words, { undo = false } = {}) {
    clearTimeout(this.saying);
    this.toast.replaceChildren(...[html('span', {}, words), undo && button({ class: 'cm-quiet', onclick: () => { this.toast.hidden = true; this.undo(); } }, t('Undo'))].filter(Boolean));
    this.toast.hidden = false;
    this.saying = setTimeout(() => { this.toast.hidden = true; }, undo ? 7000 : 4000);
  }

  /* ---- what is heard ---- */

  #heard(message) {
    if (message.session !== this.session) return this.#countForeign();
    const { model } = this;
    if (message.kind === 'kept') {
      const known = new Set(model.steps.map((step) => step.ask.id));
      model.steps = [...model.steps, ...message.steps.filter((step) => !known.has(step.ask.id))];
    } else if (message.kind === 'dismissed') {
      model.steps = model.steps.filter((step) => !message.ids.includes(step.ask.id));
    } else if (message.kind === 'answered') {
      const gone = new Set(message.acknowledged);
      const refused = new Map(message.refused.map((step) => [step.ask.id, step]));
      model.steps = model.steps.filter((step) => !gone.has(step.ask.id)).map((step) => refused.get(step.ask.id) ?? step);
      for (const id of refused.keys()) model.forget(id);
      if (refused.size) this.outbox.keep(this.#undoName, model.history).catch((trouble) => console.warn('charting: undo could not be kept', trouble));
      if (message.answer) {
        const { steps, standing } = message.answer;
        for (const step of steps) if (step.mark) model.take(step.mark);
        model.stand(standing);
        const applied = steps.filter((step) => step.outcome === 'applied').length;
        if (standing.revision === model.revision + applied) model.revision = standing.revision;
        else if (standing.revision > model.revision) queueMicrotask(() => this.sync?.pull());
      }
    }
    return model.changed();
  }

  #pulled(changes) {
    const { model } = this;
    for (const one of changes.marks) model.take(one);
    model.stand(changes.standing);
    model.revision = Math.max(model.revision, changes.standing.revision);
    model.changed();
  }

  async #stateChanged(state) {
    this.header.draw();
    if (state !== 'online') return;
    if (!this.prefetched) this.#prefetch();
    if (this.facts.patient) return;
    try {
      const view = await ask(`${this.base}/sessions/${this.session}`);
      this.facts = view;
      for (const one of view.marks) this.model.take(one);
      this.model.stand(view.standing);
      this.model.changed();
    } catch (trouble) {
      console.warn('charting: whom the session is of could not be fetched', trouble);
    }
  }

  /** Count the steps on this device that another member of staff made: they are sent when that person is here. */
  async #countForeign() {
    const steps = await this.outbox.steps();
    this.foreign = steps.filter((step) => step.state === 'waiting' && step.by !== this.me).length;
    this.header?.draw();
  }
}

/** Show a session in an element; returns the surface. */
export function mount(root, options) {
  const surface = new Surface(root, options);
  surface.open();
  return surface;
}

export { View };
