/**
 * The map of a course on one view: all sessions in their shapes, and the spots that open to their history.
 *
 * Places are mm of the view's frame. Glyphs keep their size on the screen while one zooms. Nothing can be changed here.
 */

const NS = 'http://www.w3.org/2000/svg';
const MOST = 12; // times
const REACH = 22; // px by which a touch may miss a spot

function make(name, attributes = {}, ...children) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const pathOf = (points, closed) => `M${points.map(([x, y]) => `${x} ${y}`).join('L')}${closed ? 'Z' : ''}`;

export default {
  template: '<div class="course-map" tabindex="-1"></div>',
  props: { drawing: String, size: Array, edges: Object, skin: String, figure: Object, words: Object },
  async mounted() {
    this.shown = {};
    this.dense = false;
    await this.draw();
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.$el);
  },
  unmounted() {
    this.observer?.disconnect();
  },
  watch: {
    drawing() { this.draw(); },
  },
  methods: {
    async draw() {
      const { drawing } = this;
      this.$el.replaceChildren();
      let map;
      try {
        const answer = await fetch(drawing, { credentials: 'same-origin' });
        if (!answer.ok) throw new Error(`${answer.status}`);
        map = new DOMParser().parseFromString(await answer.text(), 'image/svg+xml').documentElement;
        if (map.nodeName !== 'svg') throw new Error('no drawing');
      } catch (trouble) {
        console.error('charting: the body map could not be fetched', trouble);
        const failed = document.createElement('p');
        failed.className = 'cmap-failed';
        failed.setAttribute('role', 'alert');
        failed.textContent = this.words.failed;
        this.$el.replaceChildren(failed);
        return;
      }
      if (drawing !== this.drawing) return;
      const [width, height] = this.size;
      const dark = document.body.classList.contains('body--dark') && this.skin !== 'plain';
      map.setAttribute('class', ['body-map', this.skin, dark && 'dark', 'no-landmarks'].filter(Boolean).join(' '));
      for (const [name, value] of [['width', width], ['height', height], ['aria-hidden', 'true']]) map.setAttribute(name, value);
      this.svg = make('svg', { role: 'group', 'aria-label': this.words.map });
      const soft = make('filter', { id: 'cmap-soft', x: '-10%', y: '-10%', width: '120%', height: '120%' }, make('feGaussianBlur', { stdDeviation: this.figure.spacing * 0.6 }));
      this.svg.append(soft);
      this.layers = { density: make('g', { class: 'cmap-density', filter: 'url(#cmap-soft)' }), shapes: make('g'), marks: make('g'), spots: make('g') };
      this.svg.append(map, this.layers.density, this.layers.shapes, this.layers.marks, this.layers.spots);
      const zoom = document.createElement('div');
      zoom.className = 'cmap-zoom';
      for (const [text, label, act] of [['+', 'in', () => this.zoomBy(1.4)], ['−', 'out', () => this.zoomBy(1 / 1.4)], ['⤢', 'fit', () => { this.box = null; this.fit(); }]]) {
        const button = document.createElement('button');
        Object.assign(button, { type: 'button', textContent: text, title: this.words[label] });
        button.setAttribute('aria-label', this.words[label]);
        button.addEventListener('click', act);
        zoom.append(button);
      }
      const word = (text, classes, style = '') => {
        const made = document.createElement('span');
        made.className = `cmap-word ${classes}`;
        made.textContent = text;
        made.setAttribute('style', style);
        made.setAttribute('aria-hidden', 'true');
        return made;
      };
      this.bar = word(this.words.bar, 'cmap-bar');
      const { left, right, words } = this.edges;
      this.$el.replaceChildren(this.svg, zoom, this.bar, word(left, 'cmap-side', 'left: 16px'), word(right, 'cmap-side', 'right: 16px'),
        word(words[0], '', 'left: 16px; top: 48%'), word(words[1], '', 'right: 16px; top: 48%'));
      this.listen();
      this.box = null;
      this.fill();
      this.fit();
    },
    /** Draw marks, spots and density anew. */
    fill() {
      const { marks, spots, glyphs } = this.figure;
      const { diameter_px: diameter, line_px: line, casing_px: casing, number_px: size } = glyphs.session;
      const radius = diameter / 2;
      this.placed = [];
      this.layers.shapes.replaceChildren(...marks.filter((mark) => mark.path).map((mark) => {
        const look = glyphs.sessions[(mark.session - 1) % glyphs.sessions.length];
        const d = pathOf(mark.path, mark.closed);
        return make('g', { 'data-session': mark.session, class: mark.closed ? 'cmap-field' : 'cmap-track' },
          make('path', { d, class: 'cmap-shape cmap-casing', 'stroke-width': line + 2 * casing }),
          make('path', { d, class: 'cmap-shape', stroke: look.colour, 'stroke-width': line }));
      }));
      const place = (node, x, y) => { this.placed.push([node, x, y]); return node; };
      this.layers.marks.replaceChildren(...marks.map((mark) => {
        const look = glyphs.sessions[(mark.session - 1) % glyphs.sessions.length];
        const scale = `scale(${radius})`;
        const title = make('title');
        title.textContent = mark.title;
        return place(make('g', { 'data-session': mark.session }, title,
          make('path', { d: look.path, transform: scale, fill: '#ffffff', 'fill-opacity': 0.82, stroke: '#15202b', 'stroke-width': line + 2 * casing, 'vector-effect': 'non-scaling-stroke' }),
          make('path', { d: look.path, transform: scale, fill: 'none', stroke: look.colour, 'stroke-width': line, 'vector-effect': 'non-scaling-stroke' }),
          (() => { const text = make('text', { y: look.middle * radius, 'font-size': size, fill: '#15202b' }); text.textContent = mark.session; return text; })()), mark.x, mark.y);
      }));
      this.layers.spots.replaceChildren(...spots.map((spot) => {
        const open = () => this.$emit('spot', spot.number);
        const group = make('g', { class: 'cmap-spot', tabindex: 0, role: 'button', 'aria-label': spot.title, 'data-spot': spot.number, 'data-sessions': spot.sessions.join(' ') },
          make('circle', { r: 18 }));
        if (spot.sessions.length > 1) {
          const times = make('text', { x: 14, y: -13, class: 'cmap-times', 'font-size': 11 });
          times.textContent = `×${spot.sessions.length}`;
          group.append(make('rect', { x: 3, y: -21, width: 22, height: 16, rx: 8, fill: '#15202b' }), times);
        }
        const title = make('title');
        title.textContent = spot.title;
        group.prepend(title);
        group.addEventListener('keydown', (event) => {
          if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); open(); }
        });
        return place(group, spot.x, spot.y);
      }));
      this.fade(this.shown);
    },
    /** Show each session as strongly as it is told: 0 hidden, 1 fully. */
    fade(shown) {
      this.shown = shown ?? {};
      if (!this.layers) return;
      const strength = (session) => this.shown[session] ?? 1;
      for (const node of this.svg.querySelectorAll('[data-session]')) {
        const value = strength(node.dataset.session);
        node.style.opacity = value;
        node.style.display = value ? '' : 'none';
      }
      this.spread();
      for (const node of this.layers.spots.children) {
        const seen = node.dataset.sessions.split(' ').filter((session) => strength(session) > 0);
        node.style.display = seen.length ? '' : 'none';
        const times = node.querySelector('.cmap-times');
        if (times) {
          times.textContent = `×${seen.length}`;
          times.style.display = node.querySelector('rect').style.display = seen.length > 1 ? '' : 'none';
        }
      }
    },
    density(on) {
      this.dense = on;
      if (this.layers) this.spread();
    },
    /** Draw how much the shown sessions gave where, each as much as it is shown. */
    spread() {
      const { density, spacing } = this.figure;
      this.layers.density.replaceChildren();
      if (!this.dense) return;
      const cells = new Map();
      let most = 0;
      for (const [session, given] of Object.entries(density)) {
        const strength = this.shown[session] ?? 1;
        for (const [x, y, ml] of strength ? given : []) {
          const cell = cells.get(`${x} ${y}`) ?? { x, y, ml: 0 };
          cell.ml += ml * strength;
          cells.set(`${x} ${y}`, cell);
          most = Math.max(most, cell.ml);
        }
      }
      this.layers.density.append(...[...cells.values()].map(({ x, y, ml }) => make('rect', {
        x: x - spacing / 2, y: y - spacing / 2, width: spacing, height: spacing, fill: '#b3431e', 'fill-opacity': (0.06 + 0.66 * Math.sqrt(ml / most)).toFixed(2),
      })));
    },
    /** Ring spots: those of a row that was touched, or none. */
    ring(numbers) {
      if (!this.layers) return;
      for (const node of this.layers.spots.children) node.classList.toggle('cmap-chosen', numbers.includes(Number(node.dataset.spot)));
    },
    fit() {
      if (!this.svg) return;
      const { clientWidth: wide, clientHeight: high } = this.$el;
      if (!wide || !high) return;
      const [width, height] = this.size;
      const scale = Math.min(wide / width, high / height);
      const whole = { w: wide / scale, h: high / scale };
      this.box ??= { x: (width - whole.w) / 2, y: (height - whole.h) / 2, ...whole };
      const kept = this.box;
      const middle = [kept.x + kept.w / 2, kept.y + kept.h / 2];
      const zoomed = Math.min(Math.max(whole.w / kept.w, 1), MOST);
      this.box = { w: whole.w / zoomed, h: whole.h / zoomed };
      const edge = (at, size, all) => (size >= all ? (all - size) / 2 : Math.min(Math.max(at, -size * 0.1), all - size * 0.9));
      this.box.x = edge(middle[0] - this.box.w / 2, this.box.w, width);
      this.box.y = edge(middle[1] - this.box.h / 2, this.box.h, height);
      this.svg.setAttribute('viewBox', `${this.box.x} ${this.box.y} ${this.box.w} ${this.box.h}`);
      const unit = this.box.w / wide; // mm a px
      this.bar.style.setProperty('--bar', `${50 / unit}px`);
      for (const [node, x, y] of this.placed) node.setAttribute('transform', `translate(${x} ${y}) scale(${unit})`);
    },
    zoomBy(factor, at) {
      const { box } = this;
      const [x, y] = at ?? [box.x + box.w / 2, box.y + box.h / 2];
      const [width, height] = this.size;
      const { clientWidth: wide, clientHeight: high } = this.$el;
      const scale = Math.min(wide / width, high / height);
      const w = Math.min(Math.max(box.w / factor, wide / scale / MOST), wide / scale);
      const by = w / box.w;
      this.box = { x: x - (x - box.x) * by, y: y - (y - box.y) * by, w, h: box.h * by };
      this.fit();
    },
    at(event) {
      const bounds = this.$el.getBoundingClientRect();
      return [this.box.x + ((event.clientX - bounds.left) / bounds.width) * this.box.w, this.box.y + ((event.clientY - bounds.top) / bounds.height) * this.box.h];
    },
    listen() {
      const fingers = new Map();
      const { svg } = this;
      // where spots overlap, the nearest is meant and not the one that was drawn last
      svg.addEventListener('click', (event) => {
        if (this.moved) return;
        const [x, y] = this.at(event);
        let best = null;
        let least = REACH * (this.box.w / this.$el.clientWidth);
        for (const [node, left, top] of this.placed) {
          const away = Math.hypot(left - x, top - y);
          if (node.dataset.spot && node.style.display !== 'none' && away <= least) [best, least] = [node, away];
        }
        if (best) this.$emit('spot', Number(best.dataset.spot));
      });
      svg.addEventListener('wheel', (event) => {
        event.preventDefault();
        this.zoomBy(Math.exp(-event.deltaY / 400), this.at(event));
      }, { passive: false });
      svg.addEventListener('pointerdown', (event) => {
        if (fingers.size === 0) this.moved = false;
        fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      });
      svg.addEventListener('pointermove', (event) => {
        const was = fingers.get(event.pointerId);
        if (!was) return;
        const now = { x: event.clientX, y: event.clientY };
        if (fingers.size === 2) {
          const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, one]) => one);
          const before = Math.hypot(was.x - other.x, was.y - other.y);
          const after = Math.hypot(now.x - other.x, now.y - other.y);
          this.moved = true;
          if (before > 0 && after > 0) this.zoomBy(after / before, this.at({ clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 }));
        } else {
          if (!this.moved && Math.hypot(now.x - was.x, now.y - was.y) < 5) return;
          if (!this.moved) svg.setPointerCapture(event.pointerId);
          this.moved = true;
          const unit = this.box.w / this.$el.clientWidth;
          this.box.x -= (now.x - was.x) * unit;
          this.box.y -= (now.y - was.y) * unit;
          this.fit();
        }
        fingers.set(event.pointerId, now);
      });
      for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) svg.addEventListener(end, (event) => fingers.delete(event.pointerId));
    },
  },
};
