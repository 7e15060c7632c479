/**
 * The map and the marks on it.
 *
 * Layers that the compositor moves while a gesture lasts:
 *   the drawing, drawn sharp again when it rests;
 *   the marks, constant in size: laid anew when the scale changes, as long as they are few, else when it rests;
 *   the marks just placed, apart until the hand rests: to paint one of them, the others need not be painted anew;
 *   the glass, with what the hand is just doing. Its viewBox is the part of the drawing that is seen, in mm:
 *   pixels become millimetres by its inverse screen matrix, and nowhere else.
 */

import { html, svg } from './dom.js';
import { discGlyph, extent, ghostGlyph, hatch, ring } from './glyphs.js';
import { middleOf } from './shapes.js';
import { t } from './words.js';

export const MOST_ZOOM = 8;
const REST_AFTER = 160; // ms after the last movement until the map is drawn sharp
const MARGIN = 12; // px left free around the figure
const AROUND = 280; // px around the drawing for what reaches beyond it: discs at the edge, labels
const RESTS_AFTER = 1500; // ms after the last new mark until it is laid among the others
const FEW_NEW = 3; // marks placed at a time; more are those of a session that is opened, or laid down as planned
const FEW = 120; // marks that are laid anew in every frame of a zoom; more are scaled until it rests

const LABEL = 34; // letters beside a mark

/** Return a name with as many whole words as there is room for beside a mark. */
function shortened(name) {
  if (name.length <= LABEL) return name;
  const cut = name.slice(0, LABEL + 1);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), LABEL / 2)).replace(/[ ,]+$/, '')}…`;
}

export class Board {
  #camera = { scale: 1, x: 0, y: 0 }; // px per mm, and where the drawing's corner lies in the board, px
  #rest = { scale: 1, x: 0, y: 0 }; // the camera with which the drawing was last drawn sharp
  #fit = 1;
  #size = { width: 1, height: 1 };
  #timer = 0;
  #gathering = 0;
  #shown = new Map(); // what is drawn, by key: {layer, group, glyph, label, extent, drawnAt, entry, stamp, at}
  #anchor = null;
  #view = null;
  laidScale = 1; // px per mm for which the marks were laid

  constructor() {
    this.map = html('div', { class: 'cm-map' });
    this.marks = svg('g');
    this.ghosts = svg('g');
    this.sketch = svg('g', { class: 'cm-sketch' });
    this.cross = svg('g', { class: 'cm-cross', visibility: 'hidden' }, svg('path', { d: 'M-14 0H-4M4 0H14M0 -14V-4M0 4V14' }));
    this.overlay = svg('svg', { class: 'cm-overlay' }, hatch(), svg('g', { transform: `translate(${AROUND} ${AROUND})` }, this.ghosts, this.marks));
    this.moving = html('div', { class: 'cm-marks' }, this.overlay); // moved as a whole: an SVG would be painted anew
    this.recent = svg('g');
    this.recentOverlay = svg('svg', { class: 'cm-overlay' }, svg('g', { transform: `translate(${AROUND} ${AROUND})` }, this.recent));
    this.movingRecent = html('div', { class: 'cm-marks', hidden: true }, this.recentOverlay);
    // takes every touch: without it, the browser looks through all marks for what was touched
    this.touched = html('div', { class: 'cm-touched' });
    this.rings = { chosen: ring('cm-ring-chosen'), lit: ring('cm-ring-lit') };
    this.ringed = { chosen: null, lit: null };
    this.glass = svg('svg', { class: 'cm-glass', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, this.rings.lit, this.rings.chosen, this.sketch, this.cross);
    this.words = html('div', { class: 'cm-map-words', 'aria-hidden': 'true' });
    this.element = html('div', { class: 'cm-board', tabindex: '0', role: 'application', 'aria-label': t('Body map') },
      this.map, this.moving, this.movingRecent, html('div', { class: 'cm-marks' }, this.glass), this.words, this.touched);
    new ResizeObserver(() => this.#resized()).observe(this.element);
  }

  get view() {
    return this.#view;
  }

  get scale() {
    return this.#camera.scale;
  }

  get zoom() {
    return this.#camera.scale / this.#fit;
  }

  /** Show a view's drawing, fitted. */
  show(view, drawing) {
    const document_ = new DOMParser().parseFromString(drawing, 'image/svg+xml');
    const root = document_.documentElement;
    if (root.nodeName !== 'svg') throw new Error(t('The drawing of this view is damaged.'));
    this.#view = view;
    this.edges = view.file.edges;
    this.sides = [...root.querySelectorAll('.layer-orientation .side')].map((text) => ({
      letter: text.textContent, right: Number(text.getAttribute('x')) > view.size[0] / 2,
    }));
    this.drawing = document.importNode(root, true);
    this.drawing.setAttribute('aria-hidden', 'true');
    this.drawing.removeAttribute('role');
    this.drawing.querySelector('title')?.remove();
    this.drawing.setAttribute('preserveAspectRatio', 'xMinYMin meet');
    this.map.replaceChildren(this.drawing);
    this.element.setAttribute('aria-label', t('Body map: {view}', { view: view.title }));
    for (const key of [...this.#shown.keys()]) this.#remove(key);
    this.laidScale = 0; // nothing is laid yet
    this.unpaint();
    this.look(this.layers ?? {});
    this.fit();
  }

  /** Show or hide the layers of the drawing, and choose its skin. */
  look(layers) {
    this.layers = layers;
    if (!this.drawing) return;
    const { bones = true, landmarks = false, sites = false, skin = '', dark = false } = layers;
    const classes = ['body-map', skin, dark && skin !== 'plain' && 'dark', !bones && 'no-bones', !landmarks && 'no-landmarks', sites && 'show-sites'];
    this.drawing.setAttribute('class', classes.filter(Boolean).join(' '));
  }

  /** Return the point of the drawing, in mm, under a point of the window: the only conversion of pixels. */
  toMap({ x, y }) {
    const at = new DOMPoint(x, y).matrixTransform(this.glass.getScreenCTM().inverse());
    return { x: at.x, y: at.y };
  }

  /** Return the point of the window over a point of the drawing. */
  toClient({ x, y }) {
    const at = new DOMPoint(x, y).matrixTransform(this.glass.getScreenCTM());
    return { x: at.x, y: at.y };
  }

  /** Return px of the board, as it is laid out, for a point of the drawing. */
  toBoard({ x, y }) {
    return { x: x * this.#camera.scale + this.#camera.x, y: y * this.#camera.scale + this.#camera.y };
  }

  /** Return from where to where, in px of the board across, the figure is between two heights; [∞, -∞] for nowhere. */
  figureBetween(top, bottom) {
    const { scale, x, y } = this.#camera;
    const [low, high] = [(top - y) / scale, (bottom - y) / scale];
    let [from, to] = [Infinity, -Infinity];
    for (const [ring] of this.#view.silhouette) {
      for (let i = 0; i < ring.length; i++) {
        const [[ax, ay], [bx, by]] = [ring[i], ring[(i + 1) % ring.length]];
        if (Math.max(ay, by) < low || Math.min(ay, by) > high) continue;
        // a whole edge counts, however little of it lies between
        from = Math.min(from, ax, bx);
        to = Math.max(to, ax, bx);
      }
    }
    return [from * scale + x, to * scale + x];
  }

  /** Return how many mm of the drawing a distance on the glass is. */
  mm(px) {
    const a = this.toMap({ x: 0, y: 0 });
    const b = this.toMap({ x: px, y: 0 });
    return Math.hypot(b.x - a.x, b.y - a.y);
  }

  fit() {
    this.#fit = this.#fitScale();
    const [width, height] = this.#view.size;
    const scale = this.#fit;
    this.#camera = { scale, x: (this.#size.width - width * scale) / 2, y: (this.#size.height - height * scale) / 2 };
    this.#settled();
  }

  panFrom(pointer) {
    this.#anchor = { at: this.toMap(pointer) };
    this.element.classList.add('cm-moving');
  }

  panTo(pointer) {
    this.#moveTo(this.#camera.scale, this.#anchor.at, pointer);
  }

  pinchFrom(a, b) {
    const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    this.#anchor = { at: this.toMap(middle), apart: Math.hypot(a.x - b.x, a.y - b.y) || 1, scale: this.#camera.scale };
    this.element.classList.add('cm-moving');
  }

  pinchTo(a, b) {
    const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    const factor = Math.hypot(a.x - b.x, a.y - b.y) / this.#anchor.apart;
    this.#moveTo(this.#anchor.scale * factor, this.#anchor.at, middle);
  }

  /** Zoom about a point of the window. */
  zoomAbout(pointer, factor) {
    this.#moveTo(this.#camera.scale * factor, this.toMap(pointer), pointer);
    this.restSoon();
  }

  /** Bring a point of the drawing into sight, if it is not. */
  reveal(at) {
    const { x, y } = this.toBoard(at);
    const { width, height } = this.#size;
    if (x > 30 && y > 30 && x < width - 30 && y < height - 30) return;
    this.#camera.x += width / 2 - x;
    this.#camera.y += height / 2 - y;
    this.#keepInSight();
    this.#settled();
  }

  restSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#settled(), REST_AFTER);
  }

  settle() {
    this.element.classList.remove('cm-moving');
    this.#settled();
  }

  #fitScale() {
    const [width, height] = this.#view.size;
    return Math.max(0.01, Math.min((this.#size.width - 2 * MARGIN) / width, (this.#size.height - 2 * MARGIN) / height));
  }

  #resized() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height || (width === this.#size.width && height === this.#size.height)) return;
    const centre = this.#view && { x: (this.#size.width / 2 - this.#camera.x) / this.#camera.scale, y: (this.#size.height / 2 - this.#camera.y) / this.#camera.scale };
    const zoom = this.zoom;
    this.#size = { width, height };
    if (!this.#view) return;
    this.#fit = this.#fitScale();
    const scale = this.#fit * zoom;
    this.#camera = { scale, x: width / 2 - centre.x * scale, y: height / 2 - centre.y * scale };
    if (zoom <= 1.001) this.fit();
    else this.#settled();
  }

  /** Move the camera so that a point of the drawing lies under a point of the window, at a scale. */
  #moveTo(scale, at, { x, y }) {
    const box = this.element.getBoundingClientRect();
    const stretch = box.width / this.element.offsetWidth || 1; // the page itself may be scaled
    const near = Math.min(Math.max(scale, this.#fit), this.#fit * MOST_ZOOM);
    this.#camera = {
      scale: near,
      x: (x - box.left) / stretch - this.element.clientLeft - at.x * near,
      y: (y - box.top) / stretch - this.element.clientTop - at.y * near,
    };
    this.#keepInSight();
    // a layer that is moved by parts of a pixel is drawn anew each time
    if (near === this.#rest.scale) this.#toWholePixels();
    this.#draw();
  }

  #toWholePixels() {
    const ratio = window.devicePixelRatio || 1;
    this.#camera.x = Math.round(this.#camera.x * ratio) / ratio;
    this.#camera.y = Math.round(this.#camera.y * ratio) / ratio;
  }

  #keepInSight() {
    const [width, height] = this.#view.size;
    const hold = (corner, length, room) => {
      if (length <= room) return (room - length) / 2;
      const slack = room * 0.4; // what lies at the edge can be brought to the middle
      return Math.min(Math.max(corner, room - length - slack), slack);
    };
    const { scale } = this.#camera;
    this.#camera.x = hold(this.#camera.x, width * scale, this.#size.width);
    this.#camera.y = hold(this.#camera.y, height * scale, this.#size.height);
  }

  /** Draw with the present camera: the compositor moves the drawing, the marks are laid anew. */
  #draw() {
    const { scale, x, y } = this.#camera;
    const grown = scale / this.#rest.scale;
    this.map.style.transform = `translate(${x}px, ${y}px) scale(${grown})`;
    this.#layGlass();
    this.#layMarks(this.#shown.size <= FEW);
  }

  /** Draw the map sharp for the present camera. */
  #settled() {
    clearTimeout(this.#timer);
    if (!this.#view) return;
    this.#toWholePixels(); // the drawing's box is snapped to them, and the marks must not drift from it
    const { scale, x, y } = this.#camera;
    const [width, height] = this.#view.size;
    const [wide, high] = [Math.ceil(width * scale), Math.ceil(height * scale)];
    this.drawing.setAttribute('width', wide);
    this.drawing.setAttribute('height', high);
    this.drawing.setAttribute('viewBox', `0 0 ${wide / scale} ${high / scale}`);
    this.map.style.width = `${wide}px`;
    this.map.style.height = `${high}px`;
    this.map.style.transform = `translate(${x}px, ${y}px)`;
    this.#rest = { ...this.#camera };
    this.#layGlass();
    this.#layMarks(true);
    this.#layWords();
    this.onrest?.();
  }

  #layGlass() {
    const { scale, x, y } = this.#camera;
    const { width, height } = this.#size;
    this.glass.setAttribute('viewBox', `${-x / scale} ${-y / scale} ${width / scale} ${height / scale}`);
    this.#layCross();
    this.#layRings();
    this.onmove?.();
  }

  /** Move the marks with the drawing; `anew` lays each at its place for the present scale. */
  #layMarks(anew) {
    const { scale, x, y } = this.#camera;
    if (anew && this.laidScale !== scale) {
      this.laidScale = scale;
      // as large as the drawing: what overflows its element is layered anew in every frame
      const [width, height] = this.#view.size;
      for (const overlay of [this.overlay, this.recentOverlay]) {
        overlay.setAttribute('width', Math.ceil(width * scale) + 2 * AROUND);
        overlay.setAttribute('height', Math.ceil(height * scale) + 2 * AROUND);
      }
      for (const shown of this.#shown.values()) this.#lay(shown);
    }
    const grown = scale / this.laidScale;
    const moved = `translate(${x}px, ${y}px)${grown === 1 ? '' : ` scale(${grown})`}`;
    for (const one of [this.moving, this.movingRecent]) one.style.transform = moved;
  }

  #lay(shown, at = shown.at) {
    const [x, y] = [at.x * this.laidScale, at.y * this.laidScale];
    shown.glyph.lay(x, y);
    shown.extent?.setAttribute('transform', `translate(${x} ${y}) scale(${this.laidScale / shown.drawnAt})`);
    if (shown.label) {
      shown.label.setAttribute('x', x + shown.labelAside);
      shown.label.setAttribute('y', y + 4);
    }
  }

  /**
   * Draw entries: {key, shape, at, label, name, classes, deposits, session} each; what is no longer there goes.
   * `layer` is 'marks' or 'ghosts'.
   */
  draw(layer, entries, { labels = false } = {}) {
    const isNew = layer === 'marks' ? entries.reduce((sum, { key }) => sum + !this.#shown.has(key), 0) : 0;
    const parent = layer === 'ghosts' ? this.ghosts : isNew <= FEW_NEW ? this.recent : this.marks;
    if (isNew && parent === this.recent) {
      this.movingRecent.hidden = false;
      this.#gatherSoon();
    }
    const keep = new Set(entries.map(({ key }) => key));
    for (const [key, shown] of this.#shown) if (shown.layer === layer && !keep.has(key)) this.#remove(key);
    for (const entry of entries) {
      let shown = this.#shown.get(entry.key);
      if (!shown) {
        shown = { layer, group: svg('g', { class: 'cm-at' }), extent: null };
        parent.append(shown.group);
        this.#shown.set(entry.key, shown);
      }
      this.#fill(shown, entry, labels);
    }
  }

  #gatherSoon() {
    clearTimeout(this.#gathering);
    this.#gathering = setTimeout(() => {
      if (window.requestIdleCallback) requestIdleCallback(() => this.#gather());
      else this.#gather();
    }, RESTS_AFTER);
  }

  /** Lay the marks just placed among the others. */
  #gather() {
    if (this.recent.contains(document.activeElement)) this.#gatherSoon(); // moved, it would lose the keyboard
    else {
      this.marks.append(...this.recent.children);
      this.movingRecent.hidden = true; // an empty layer would be moved, too
    }
  }

  #fill(shown, entry, labels) {
    if (shown.given === entry && shown.labels === labels && (entry.shape.kind === 'point' || shown.drawnAt === this.laidScale)) return;
    Object.assign(shown, { given: entry, labels });
    const { shape, label, name, classes, session, deposits } = entry;
    const stamp = `${label}|${labels ? name : ''}|${classes.join(' ')}|${deposits}|${entry.spoken}|${shape.kind !== 'point' && this.laidScale}`;
    if (shown.stamp !== stamp || shown.entry.shape !== shape) {
      shown.stamp = stamp;
      shown.entry = entry;
      shown.at = middleOf(shape);
      const parts = [];
      if (shape.kind !== 'point') {
        shown.drawnAt = this.laidScale;
        shown.extent = svg('g', { class: 'cm-extent' }, ...extent(shape, this.laidScale, [shown.at.x, shown.at.y], deposits));
        parts.push(shown.extent);
      }
      shown.glyph = session ? ghostGlyph(session) : discGlyph({ label, skipped: classes.includes('cm-skipped'), waiting: classes.includes('cm-waiting') });
      parts.push(...shown.glyph.parts);
      shown.label = null;
      if (labels) {
        const right = shown.at.x > this.#view.size[0] * 0.6; // there is more room to its left
        shown.labelAside = right ? -16 : 16;
        shown.label = svg('text', { class: `cm-label${right ? ' cm-label-left' : ''}` }, shortened(name));
        parts.push(shown.label);
      }
      shown.group.replaceChildren(...parts);
      shown.group.setAttribute('class', ['cm-at', ...classes].join(' '));
      if (!session) {
        shown.group.setAttribute('data-mark', entry.key);
        shown.group.setAttribute('tabindex', '0');
        shown.group.setAttribute('role', 'button');
        shown.group.setAttribute('aria-label', entry.spoken);
      } else shown.group.setAttribute('aria-hidden', 'true');
      this.#lay(shown);
    }
  }

  #remove(key) {
    this.#shown.get(key)?.group.remove();
    this.#shown.delete(key);
  }

  /** Return the key of the mark nearest to a point of the window within px; tracks and fields by their discs. */
  hit(pointer, px, skip = () => false) {
    const at = this.toMap(pointer);
    const reach = this.mm(px);
    let best = null;
    let least = reach;
    for (const [key, shown] of this.#shown) {
      if (shown.layer !== 'marks' || skip(key)) continue;
      const away = Math.hypot(shown.at.x - at.x, shown.at.y - at.y);
      if (away <= least) [best, least] = [key, away];
    }
    return best;
  }

  /** Paint a mark that is not yet one, at a point of the drawing. */
  paintTentative(at, label) {
    const glyph = discGlyph({ label });
    glyph.lay(0, 0);
    this.sketch.replaceChildren(svg('g', { class: 'cm-at cm-tentative', transform: `translate(${at.x} ${at.y}) scale(${1 / this.#camera.scale})` }, ...glyph.parts));
  }

  /** Paint a stroke that is being drawn; points of the drawing. */
  paintStroke(kind, points) {
    const d = `M${points.map(({ x, y }) => `${x.toFixed(2)} ${y.toFixed(2)}`).join('L')}${kind === 'field' ? 'Z' : ''}`;
    this.sketch.replaceChildren(svg('path', { class: `cm-drawn cm-drawn-${kind}`, d }));
  }

  unpaint() {
    this.sketch.replaceChildren();
  }

  /** Show a mark moved by mm while it is dragged; null puts it back. */
  shift(key, by) {
    const shown = this.#shown.get(key);
    if (!shown) return;
    const at = by ? { x: shown.at.x + by.x, y: shown.at.y + by.y } : shown.at;
    this.#lay(shown, at);
    this.#layRings(by && { key, ...by });
    shown.group.classList.toggle('cm-dragged', Boolean(by));
  }

  /** Put a ring, 'chosen' or 'lit', around a mark; null takes it away. It lies on the glass: no mark is drawn anew. */
  ring(name, key) {
    const was = this.ringed[name];
    if (name === 'chosen' && was !== key) {
      this.#shown.get(was)?.group.removeAttribute('aria-pressed');
      this.#shown.get(key)?.group.setAttribute('aria-pressed', 'true');
    }
    this.ringed[name] = key;
    this.#layRings();
  }

  #layRings(by = null) {
    for (const [name, circle] of Object.entries(this.rings)) {
      const shown = this.#shown.get(this.ringed[name]);
      circle.setAttribute('visibility', shown ? 'visible' : 'hidden');
      if (!shown) continue;
      const [dx, dy] = by?.key === this.ringed[name] ? [by.x, by.y] : [0, 0];
      circle.setAttribute('transform', `translate(${shown.at.x + dx} ${shown.at.y + dy}) scale(${1 / this.#camera.scale})`);
    }
  }

  focus(key) {
    this.#shown.get(key)?.group.focus({ preventScroll: true });
  }

  /** Show the crosshair of the keyboard at a point of the drawing; null hides it. */
  crosshair(at) {
    this.crossAt = at;
    this.#layCross();
  }

  #layCross() {
    this.cross.setAttribute('visibility', this.crossAt ? 'visible' : 'hidden');
    if (this.crossAt) this.cross.setAttribute('transform', `translate(${this.crossAt.x} ${this.crossAt.y}) scale(${1 / this.#camera.scale})`);
  }

  /** Lay the words at the edges of the board: sides, the view's name, its edges, the scale. */
  #layWords() {
    const sides = [...new Map(this.sides.map((side) => [side.right, side])).values()];
    const bar = [200, 100, 50, 20, 10, 5].find((mm) => mm * this.#camera.scale <= 130) ?? 5;
    this.words.replaceChildren(
      ...sides.map(({ letter, right }) => html('span', { class: `cm-side ${right ? 'cm-on-right' : 'cm-on-left'}` }, letter)),
      html('span', { class: 'cm-view-title' }, this.#view.title),
      html('span', { class: 'cm-edge cm-on-left' }, t(this.edges.left)),
      html('span', { class: 'cm-edge cm-on-right' }, t(this.edges.right)),
      html('span', { class: 'cm-scale' },
        html('span', {}, bar >= 10 ? t('{n} cm on the reference figure', { n: bar / 10 }) : t('{n} mm on the reference figure', { n: bar })),
        html('i', { style: `width:${bar * this.#camera.scale}px` })),
    );
  }
}
