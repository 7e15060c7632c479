/**
 * The map and the marks on it.
 *
 * The drawing is a layer that the compositor moves while a gesture lasts, and that is drawn sharp again when it
 * rests. The marks are a light SVG above it whose viewBox is the part of the drawing that is seen, in mm: pixels
 * become millimetres by its inverse screen matrix, and nowhere else.
 */

import { html, svg } from './dom.js';
import { extent, fillDisc, ghostGlyph, hatch } from './glyphs.js';
import { middleOf } from './shapes.js';
import { t } from './words.js';

export const MOST_ZOOM = 8;
const REST_AFTER = 160; // ms after the last movement until the map is drawn sharp
const MARGIN = 12; // px left free around the figure

export class Board {
  #camera = { scale: 1, x: 0, y: 0 }; // px per mm, and where the drawing's corner lies in the board, px
  #rest = { scale: 1, x: 0, y: 0 }; // the camera with which the drawing was last drawn sharp
  #fit = 1;
  #size = { width: 1, height: 1 };
  #timer = 0;
  #shown = new Map(); // what is drawn, by key: {group, body, area, text, entry, at}
  #anchor = null;
  #tentative = null;

  constructor() {
    this.map = html('div', { class: 'cm-map' });
    this.marks = svg('g');
    this.ghosts = svg('g');
    this.sketch = svg('g', { class: 'cm-sketch' });
    this.cross = svg('g', { class: 'cm-cross', visibility: 'hidden' }, svg('path', { d: 'M-14 0H-4M4 0H14M0 -14V-4M0 4V14' }));
    this.overlay = svg('svg', { class: 'cm-overlay', preserveAspectRatio: 'none' }, hatch(), this.ghosts, this.marks, this.sketch, this.cross);
    this.words = html('div', { class: 'cm-map-words', 'aria-hidden': 'true' });
    this.element = html('div', { class: 'cm-board', tabindex: '0', role: 'application', 'aria-label': t('Body map') }, this.map, this.overlay, this.words);
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

  #view = null;

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
    const at = new DOMPoint(x, y).matrixTransform(this.overlay.getScreenCTM().inverse());
    return { x: at.x, y: at.y };
  }

  /** Return the point of the window over a point of the drawing. */
  toClient({ x, y }) {
    const at = new DOMPoint(x, y).matrixTransform(this.overlay.getScreenCTM());
    return { x: at.x, y: at.y };
  }

  /** Return px of the board, as it is laid out, for a point of the drawing. */
  toBoard({ x, y }) {
    return { x: x * this.#camera.scale + this.#camera.x, y: y * this.#camera.scale + this.#camera.y };
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
    this.#draw();
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
    this.#layOverlay();
  }

  /** Draw the map sharp for the present camera. */
  #settled() {
    clearTimeout(this.#timer);
    if (!this.#view) return;
    // whole device pixels: the drawing's box is snapped to them, and the marks must not drift from it
    const ratio = window.devicePixelRatio || 1;
    this.#camera.x = Math.round(this.#camera.x * ratio) / ratio;
    this.#camera.y = Math.round(this.#camera.y * ratio) / ratio;
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
    this.#layOverlay();
    this.#layWords();
    this.onrest?.();
  }

  #layOverlay() {
    const { scale, x, y } = this.#camera;
    const { width, height } = this.#size;
    this.overlay.setAttribute('viewBox', `${-x / scale} ${-y / scale} ${width / scale} ${height / scale}`);
    if (this.laidAt !== scale) {
      this.laidAt = scale;
      for (const shown of this.#shown.values()) this.#lay(shown);
      this.#layCross();
    }
    this.onmove?.();
  }

  #lay({ group, at }) {
    group.setAttribute('transform', `translate(${at.x} ${at.y}) scale(${1 / this.#camera.scale})`);
  }

  /**
   * Draw entries: {key, shape, at, label, name, classes, deposits, session} each; what is no longer there goes.
   * `layer` is 'marks' or 'ghosts'.
   */
  draw(layer, entries, { labels = false } = {}) {
    const parent = layer === 'marks' ? this.marks : this.ghosts;
    const keep = new Set(entries.map(({ key }) => key));
    for (const [key, shown] of this.#shown) if (shown.layer === layer && !keep.has(key)) this.#remove(key);
    for (const entry of entries) {
      let shown = this.#shown.get(entry.key);
      if (!shown) {
        shown = { layer, group: svg('g', { class: 'cm-at' }), area: svg('g'), body: null };
        parent.append(shown.group);
        this.#shown.set(entry.key, shown);
      }
      this.#fill(shown, entry, labels);
    }
  }

  #fill(shown, entry, labels) {
    const { shape, label, name, classes, session, deposits } = entry;
    const stamp = JSON.stringify([shape, label, name, classes, deposits, labels, shape.kind !== 'point' && this.#camera.scale]);
    if (shown.stamp !== stamp) {
      shown.stamp = stamp;
      shown.entry = entry;
      shown.at = middleOf(shape);
      const parts = [];
      if (shape.kind !== 'point') {
        shown.extentOf = () => extent(shape, this.#camera.scale, [shown.at.x, shown.at.y], deposits);
        parts.push(svg('g', { class: 'cm-extent' }, ...shown.extentOf()));
      }
      if (session) parts.push(ghostGlyph(session));
      else {
        const disc = svg('g', { class: 'cm-glyph' });
        fillDisc(disc, { label, skipped: classes.includes('cm-skipped') });
        parts.push(disc);
      }
      if (labels) {
        const right = shown.at.x > this.#view.size[0] * 0.6; // there is more room to its left
        parts.push(svg('text', { class: `cm-label${right ? ' cm-label-left' : ''}`, x: right ? -16 : 16, y: 4 }, name.length > 46 ? `${name.slice(0, 45)}…` : name));
      }
      shown.group.replaceChildren(...parts);
      shown.group.setAttribute('class', ['cm-at', ...classes].join(' '));
      if (!session) {
        shown.group.setAttribute('data-mark', entry.key);
        shown.group.setAttribute('tabindex', '0');
        shown.group.setAttribute('role', 'button');
        shown.group.setAttribute('aria-label', entry.spoken);
        if (classes.includes('cm-chosen')) shown.group.setAttribute('aria-pressed', 'true');
        else shown.group.removeAttribute('aria-pressed');
      } else shown.group.setAttribute('aria-hidden', 'true');
    }
    this.#lay(shown);
  }

  #remove(key) {
    this.#shown.get(key)?.group.remove();
    this.#shown.delete(key);
  }

  /** Draw tracks and fields anew for the scale at which the map rests: their lines keep their width. */
  redrawExtents() {
    for (const shown of this.#shown.values()) {
      if (shown.entry?.shape.kind !== 'point') shown.group.querySelector('.cm-extent')?.replaceChildren(...shown.extentOf());
    }
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
    this.unpaint();
    const disc = svg('g', { class: 'cm-glyph' });
    fillDisc(disc, { label });
    this.#tentative = svg('g', { class: 'cm-at cm-tentative', transform: `translate(${at.x} ${at.y}) scale(${1 / this.#camera.scale})` }, disc);
    this.sketch.append(this.#tentative);
  }

  /** Paint a stroke that is being drawn; points of the drawing. */
  paintStroke(kind, points) {
    const d = `M${points.map(({ x, y }) => `${x.toFixed(2)} ${y.toFixed(2)}`).join('L')}${kind === 'field' ? 'Z' : ''}`;
    this.sketch.replaceChildren(svg('path', { class: `cm-drawn cm-drawn-${kind}`, d }));
  }

  unpaint() {
    this.#tentative = null;
    this.sketch.replaceChildren();
  }

  /** Show a mark moved by mm while it is dragged; null puts it back. */
  shift(key, by) {
    const shown = this.#shown.get(key);
    if (!shown) return;
    const at = by ? { x: shown.at.x + by.x, y: shown.at.y + by.y } : shown.at;
    this.#lay({ group: shown.group, at });
    shown.group.classList.toggle('cm-dragged', Boolean(by));
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
