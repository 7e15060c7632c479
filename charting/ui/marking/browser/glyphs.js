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
  const look = lookOf(sessionNumber);
  return svg('svg', { class: 'cm-session-icon', viewBox: '-13 -13 26 26', 'aria-hidden': 'true' }, ...sessionShape(look, sessionNumber));
}

function sessionShape(look, number) {
  const { diameter_px: diameter, line_px: line, casing_px: casing, number_px: size } = glyphs.session;
  const scale = `scale(${diameter / 2})`;
  return [
    svg('path', { d: look.path, transform: scale, class: 'cm-casing', 'stroke-width': line + 2 * casing }),
    svg('path', { d: look.path, transform: scale, stroke: look.colour, class: 'cm-hollow', 'stroke-width': line }),
    svg('text', { class: 'cm-session-number', y: (look.middle * diameter) / 2 + size * 0.36, 'font-size': size }, String(number)),
  ];
}

/** Return the glyph of a mark of an earlier session. */
export function ghostGlyph(sessionNumber) {
  return svg('g', { class: 'cm-glyph cm-ghost' }, ...sessionShape(lookOf(sessionNumber), sessionNumber));
}

/** Fill a mark's disc: its number, its ring when chosen, its rim by what became of it. */
export function fillDisc(group, { label, skipped }) {
  const { diameter_px: diameter, number_px: size, ring_px: ring } = glyphs.mark;
  const radius = diameter / 2;
  const parts = [
    svg('circle', { class: 'cm-ring', r: radius + ring }),
    svg('circle', { class: 'cm-disc', r: radius }),
    svg('circle', { class: 'cm-rim', r: radius - 0.75 }),
  ];
  if (label) parts.push(svg('text', { class: 'cm-number', y: size * 0.36, 'font-size': label.length > 2 ? size - 2 : size }, label));
  if (skipped) parts.push(svg('path', { class: 'cm-skip', d: 'M-5 -5L5 5M5 -5L-5 5' }));
  group.replaceChildren(...parts);
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
