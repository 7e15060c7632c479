/**
 * What a body map can be asked in the browser: lift, project and name, as `charting.anatomy` does it.
 *
 * View frame: mm of the drawing, x right, y down. Body frame: mm, LPS. The browser's answers show at once;
 * the desk's are those that are stored. The constants are those of charting/anatomy/depth.py, view.py, naming.py.
 */

import { areaOf, inside, lengthOf, nearestOnEdge } from './shapes.js';

const NO_SKIN = 65535;
const LEAST_JUMP = 6.0;
const STEEPEST = 4.0;
const SEARCH = 3;
const EDGE = 0.5;
const SEEN_WITHIN = 3.0;
const SEEN_AT_MOST = 8.0;
const MIDLINE_HALF_WIDTH = 2.5;
const BROAD = 9.0;
const OTHERS = 5;

/** The visible skin of a view: `numbers` row after row, one each `spacing` mm. */
export class DepthGrid {
  constructor({ spacing, scale, offset, rows, columns }, numbers) {
    Object.assign(this, { spacing, scale, offset, rows, columns, numbers });
    this.jump = Math.max(LEAST_JUMP, STEEPEST * spacing);
  }

  /** Return the grid that a view's file holds; throws if its data is damaged. */
  static async decode(entry) {
    const packed = Uint8Array.from(atob(entry.data), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
    const bytes = new DataView(await new Response(stream).arrayBuffer());
    const { rows, columns } = entry;
    if (bytes.byteLength !== rows * columns * 2) throw new Error('the depth grid is damaged');
    const numbers = new Uint16Array(rows * columns); // sums are modulo 65536, as they were packed
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let column = 0; column < columns; column++) {
        const i = row * columns + column;
        sum += bytes.getUint16(2 * i, true);
        numbers[i] = sum + (row ? numbers[i - columns] : 0);
      }
    }
    return new DepthGrid(entry, numbers);
  }

  /** Return {depth, slack} of the visible skin at a point, or null if there is none near. */
  at(x, y) {
    const u = x / this.spacing;
    const v = y / this.spacing;
    const column = Math.min(Math.max(Math.floor(u), 0), this.columns - 2);
    const row = Math.min(Math.max(Math.floor(v), 0), this.rows - 2);
    const right = Math.min(Math.max(u - column, 0), 1);
    const down = Math.min(Math.max(v - row, 0), 1);
    const first = row * this.columns + column;
    const cell = [
      [(1 - right) * (1 - down), this.numbers[first]],
      [right * (1 - down), this.numbers[first + 1]],
      [(1 - right) * down, this.numbers[first + this.columns]],
      [right * down, this.numbers[first + this.columns + 1]],
    ];
    const known = cell.filter(([, number]) => number !== NO_SKIN).map(([weight, number]) => [weight, this.offset + this.scale * number]);
    if (!known.length) return this.#nearest(u, v, row, column);
    const nearest = known.reduce((best, one) => (one[0] > best[0] || (one[0] === best[0] && one[1] > best[1]) ? one : best))[1];
    const surface = known.filter(([, depth]) => Math.abs(depth - nearest) <= this.jump);
    const total = surface.reduce((sum, [weight]) => sum + weight, 0);
    const depths = surface.map(([, depth]) => depth);
    const change = Math.max(...depths) - Math.min(...depths);
    if (total <= 0) return { depth: nearest, slack: change };
    const depth = surface.reduce((sum, [weight, one]) => sum + weight * one, 0) / total;
    return { depth, slack: surface.length === 4 ? change / 2 : change };
  }

  #nearest(u, v, row, column) {
    let best = null;
    let least = Infinity;
    for (let r = Math.max(row - SEARCH, 0); r < Math.min(row + SEARCH + 2, this.rows); r++) {
      for (let c = Math.max(column - SEARCH, 0); c < Math.min(column + SEARCH + 2, this.columns); c++) {
        const number = this.numbers[r * this.columns + c];
        const away = (c - u) ** 2 + (r - v) ** 2;
        if (number !== NO_SKIN && away < least) [best, least] = [number, away];
      }
    }
    return best === null ? null : { depth: this.offset + this.scale * best, slack: this.jump };
  }
}

function inverse(rows) {
  const [[a, b, c, p], [d, e, f, q], [g, h, i, r]] = rows;
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const turn = [
    [(e * i - f * h) / det, (c * h - b * i) / det, (b * f - c * e) / det],
    [(f * g - d * i) / det, (a * i - c * g) / det, (c * d - a * f) / det],
    [(d * h - e * g) / det, (b * g - a * h) / det, (a * e - b * d) / det],
  ];
  return turn.map(([x, y, z]) => [x, y, z, -(x * p + y * q + z * r)]);
}

const applied = (rows, x, y, z) => rows.map(([a, b, c, d]) => a * x + b * y + c * z + d);

/** Return the side of the patient on which a place of the body lies. */
export function lateralityOf(at) {
  if (Math.abs(at.x) <= MIDLINE_HALF_WIDTH) return 'midline';
  return at.x > 0 ? 'left' : 'right';
}

/** One body map: its file, and what can be asked of it. */
export class View {
  constructor(file, depth) {
    this.file = file;
    this.id = file.id;
    this.figure = file.figure;
    this.title = file.title;
    this.size = file.size_mm;
    this.silhouette = file.silhouette.map(inPairs);
    this.names = file.names ?? {};
    this.depth = depth;
    this.rows = file.to_view;
    this.back = inverse(file.to_view);
    this.sites = file.sites.filter((site) => site.polygons.length).map(withRadii);
    this.areas = file.areas.map((area) => ({ views: area.views, polygon: inPairs(area.polygon) }));
  }

  static async read(file) {
    return new View(file, await DepthGrid.decode(file.depth));
  }

  /** Say whether a point of the drawing is on the figure. */
  onFigure(x, y) {
    const [width, height] = this.size;
    if (x < -EDGE || y < -EDGE || x > width + EDGE || y > height + EDGE) return false;
    return inside(this.silhouette, x, y) || nearestOnEdge(this.silhouette, x, y).distance <= EDGE;
  }

  /** Return the place on the skin, in the body frame, under a point of the drawing; null off the figure. */
  lift(x, y) {
    const skin = this.onFigure(x, y) ? this.depth.at(x, y) : null;
    if (!skin) return null;
    const [a, b, c] = applied(this.back, x, y, skin.depth);
    return { x: a, y: b, z: c };
  }

  /** Return {x, y, visible}: where a place of the body falls on the drawing, and whether it is seen there. */
  project(at) {
    const [x, y, depth] = applied(this.rows, at.x, at.y, at.z);
    const skin = this.onFigure(x, y) ? this.depth.at(x, y) : null;
    const visible = skin !== null && Math.abs(skin.depth - depth) <= Math.min(SEEN_WITHIN + skin.slack, SEEN_AT_MOST);
    return { x, y, visible };
  }

  /**
   * Return what a tap means at once: {key, name, others}, by the outlines that this view ships.
   *
   * The order is that of charting.anatomy.naming: not outside, points before broad areas, the nearer to its
   * middle in proportion. `key` is null where no site is within reach; `others` are then the nearest.
   */
  name(x, y, reach = 0) {
    const ranked = [];
    for (const site of this.sites) {
      for (const { ring, radius } of site.patches) {
        const { distance } = nearestOnEdge([ring], x, y);
        const within = inside([ring], x, y);
        const outside = within ? 0 : distance;
        const share = within ? 1 - Math.min(distance / radius, 1) : 1 + distance / radius;
        ranked.push({ key: site.key, outside, broad: radius >= BROAD, share });
      }
    }
    ranked.sort((a, b) => a.outside - b.outside || a.broad - b.broad || a.share - b.share || (a.key < b.key ? -1 : 1));
    const seen = new Set();
    const offers = ranked.filter(({ key }) => !seen.has(key) && seen.add(key)).slice(0, OTHERS + 1);
    const named = offers.map(({ key, outside }) => ({ key, outside, name: this.nameOf(key) }));
    const near = named.filter(({ outside }) => outside <= reach);
    if (near.length) return { key: near[0].key, name: near[0].name, others: near.slice(1) };
    return { key: null, name: null, others: named.slice(0, OTHERS) };
  }

  /** Return a site's name in words; the key where the view does not know it. */
  nameOf(key) {
    return this.names[key] ?? key;
  }

  /** Return the ids of the close-ups that a tap on a full-body view offers. */
  closeUpsAt(x, y) {
    const found = this.areas.filter((area) => inside([area.polygon], x, y)).flatMap((area) => area.views);
    return [...new Set(found)];
  }
}

/** Return a polygon's rings as points; a file writes each ring as x, y, x, y ... */
function inPairs(rings) {
  return rings.map((ring) => Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i], ring[2 * i + 1]]));
}

/** A site's patches as the view shows them; an outline is about a strip of one radius around a curve. */
function withRadii(site) {
  const patches = site.polygons.map(inPairs).map((ring) => {
    const around = lengthOf(ring[0]);
    const area = Math.abs(areaOf(ring[0].slice(0, -1)));
    const rest = Math.max(around * around - 4 * Math.PI * area, 0);
    return { ring, radius: Math.max((around - Math.sqrt(rest)) / (2 * Math.PI), 0.1) };
  });
  return { key: site.site, patches };
}

/** The atlas over HTTP: its index once, and each view when it is first looked at. */
export class Atlas {
  #views = new Map();
  #drawings = new Map();

  constructor(base, fetchJson, fetchText) {
    Object.assign(this, { base, fetchJson, fetchText });
  }

  /** Read the index; throws if it cannot be had. */
  async open() {
    const index = await this.fetchJson(`${this.base}/atlas`);
    Object.assign(this, { version: index.version, sha256: index.sha256, entries: index.views });
  }

  views(figure) {
    return this.entries.filter((entry) => entry.figure === figure);
  }

  entry(figure, view) {
    return this.entries.find((entry) => entry.figure === figure && entry.id === view);
  }

  thumbnail(figure, view) {
    return `${this.base}/atlas/${this.sha256}/${figure}/thumbnails/${view}.svg`;
  }

  view(figure, view) {
    return this.#once(this.#views, figure, view, async (path) => View.read(await this.fetchJson(`${path}.json`)));
  }

  drawing(figure, view) {
    return this.#once(this.#drawings, figure, view, (path) => this.fetchText(`${path}.svg`));
  }

  #once(kept, figure, view, read) {
    const name = `${figure}/${view}`;
    if (!kept.has(name)) {
      const reading = read(`${this.base}/atlas/${this.sha256}/${name}`);
      reading.catch(() => kept.delete(name)); // a failure is not kept: 'Try again' reads anew
      kept.set(name, reading);
    }
    return kept.get(name);
  }
}
