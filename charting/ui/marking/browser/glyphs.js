/**
 * How marks look: constant in size on the screen, drawn about (0, 0) in px. Shapes, colours and sizes come from
 * the one file that the paper's charts are drawn from.
 */

import { svg } from './dom.js';
import { along, dense, lengthOf, pointsOf, spread } from './shapes.js';

let glyphs = null;

/** Use what the clinic's one file of glyphs says. */
export function useGlyphs(file) {
  glyphs = file;
}

export const reach = () => glyphs.mark.hit_px / 2;

/** Return the look of an earlier session by its number: its path, colour and name. */
export function lookOf(sessionNumber) {
  return glyphs.sessions[(sessionNumber - 1) % glyphs.sessions.length];
}

/** Return a small picture of a session's shape, for a button. */
export function sessionIcon(sessionNumber) {
  const glyph = ghostGlyph(sessionNumber);
  glyph.lay(0, 0);
  return svg('svg', { class: 'cm-session-icon', viewBox: '-13 -13 26 26', 'aria-hidden': 'true' }, ...glyph.parts);
}

/** Return a path of the glyphs' file, drawn with a radius about a point. */
function pathAt(d, radius, x, y) {
  return d.replace(/(-?[\d.]+) (-?[\d.]+)/g, (_, a, b) => `${(a * radius + x).toFixed(2)} ${(b * radius + y).toFixed(2)}`);
}

/*
 * A glyph is {parts, lay(x, y)}: its elements, and how they are put at a point. They have coordinates and no
 * transforms: each transform would be a layer of its own to the browser, and a thousand of them take 10 ms a frame.
 */

/** Return the glyph of a mark of an earlier session. */
export function ghostGlyph(sessionNumber) {
  const look = lookOf(sessionNumber);
  const { diameter_px: diameter, line_px: line, casing_px: casing, number_px: size } = glyphs.session;
  const under = svg('path', { class: 'cm-casing', 'stroke-width': line + 2 * casing });
  const over = svg('path', { stroke: look.colour, class: 'cm-hollow', 'stroke-width': line });
  const text = svg('text', { class: 'cm-session-number', 'font-size': size }, String(sessionNumber));
  const low = (look.middle * diameter) / 2 + size * 0.36;
  return {
    parts: [under, over, text],
    lay(x, y) {
      const d = pathAt(look.path, diameter / 2, x, y);
      under.setAttribute('d', d);
      over.setAttribute('d', d);
      text.setAttribute('x', x);
      text.setAttribute('y', y + low);
    },
  };
}

/** Return the glyph of a mark: its disc, its number, and its rim by what became of it. */
export function discGlyph({ label, skipped, waiting }) {
  const { diameter_px: diameter, number_px: size } = glyphs.mark;
  const radius = diameter / 2;
  const circles = [svg('circle', { class: 'cm-disc', r: radius })];
  if (waiting) circles.push(svg('circle', { class: 'cm-rim', r: radius - 0.75 }));
  const text = label ? svg('text', { class: 'cm-number', 'font-size': label.length > 2 ? size - 2 : size }, label) : null;
  const cross = skipped ? svg('path', { class: 'cm-skip' }) : null;
  return {
    parts: [...circles, text, cross].filter(Boolean),
    lay(x, y) {
      for (const circle of circles) {
        circle.setAttribute('cx', x);
        circle.setAttribute('cy', y);
      }
      text?.setAttribute('x', x);
      text?.setAttribute('y', y + size * 0.36);
      cross?.setAttribute('d', `M${x - 5} ${y - 5}l10 10m0 -10l-10 10`);
    },
  };
}

/** Return the ring around a mark that is chosen, or that the pointer is over. */
export function ring(name) {
  return svg('circle', { class: `cm-ring ${name}`, r: glyphs.mark.diameter_px / 2 + glyphs.mark.ring_px, visibility: 'hidden' });
}

/** Return a track's tapered outline as a path, px of the screen; it begins broad and ends fine. */
export function taper(path) {
  const points = dense(path, 3); // px: corners then bend like the stroke did
  const total = lengthOf(points);
  if (!(total > 0)) return '';
  const { start_px: start, end_px: end } = glyphs.track;
  const left = [];
  const right = [];
  let gone = 0;
  for (let i = 0; i < points.length; i++) {
    const [ax, ay] = points[Math.max(i - 1, 0)];
    const [bx, by] = points[Math.min(i + 1, points.length - 1)];
    const run = Math.hypot(bx - ax, by - ay) || 1;
    if (i) gone += Math.hypot(points[i][0] - points[i - 1][0], points[i][1] - points[i - 1][1]);
    const half = (start + ((end - start) * gone) / total) / 2;
    const [nx, ny] = [(-(by - ay) / run) * half, ((bx - ax) / run) * half];
    left.push([points[i][0] + nx, points[i][1] + ny]);
    right.unshift([points[i][0] - nx, points[i][1] - ny]);
  }
  return `M${[...left, ...right].map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`;
}

/** Return the parts of a track or a field, px of the screen about the shape's own origin. */
export function extent(shape, scale, [ox, oy], deposits) {
  const points = pointsOf(shape).map(([x, y]) => [(x - ox) * scale, (y - oy) * scale]);
  const dot = ([x, y]) => svg('circle', { class: 'cm-deposit', cx: x.toFixed(1), cy: y.toFixed(1), r: glyphs.track.deposit_px / 2 });
  if (shape.kind === 'track') {
    const count = Math.min(deposits, 60);
    const dots = Array.from({ length: count }, (_, i) => dot(along(points, count === 1 ? 0.5 : i / (count - 1))));
    return [svg('path', { class: 'cm-track', d: taper(points) }), ...dots];
  }
  const d = `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`;
  return [
    svg('path', { class: 'cm-field', d, 'stroke-width': glyphs.field.line_px }),
    ...spread(points, Math.min(deposits, 60)).map(dot),
  ];
}

/** Return the hatching of fields. */
export function hatch() {
  const { hatch_px: width, hatch_degrees: degrees } = glyphs.field;
  return svg('defs', {}, svg('pattern', {
    id: 'cm-hatch', width, height: width, patternUnits: 'userSpaceOnUse', patternTransform: `rotate(${degrees})`,
  }, svg('line', { x1: 0, y1: 0, x2: 0, y2: width, class: 'cm-hatch' })));
}
