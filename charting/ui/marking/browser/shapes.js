/**
 * Shapes in the view frame (mm, x right, y down): what a stroke of the hand becomes.
 *
 * Points are [x, y]. Polygons are rings as in GeoJSON: the shell, then its holes, each closed.
 */

export const SHORTEST_TRACK = 1.0;
export const SMALLEST_FIELD = 4.0;
export const MOST_VERTICES = 400;

const WOBBLE = 0.35; // mm that a hand trembles on glass: a stroke is not more exact than this
const STEP = 1.5; // mm between the points of a stroke that is laid along the edge of the figure

/** Say whether a point lies inside polygons, holes left out. */
export function inside(polygons, x, y) {
  let within = false;
  for (const rings of polygons) {
    for (const ring of rings) {
      for (let i = 1; i < ring.length; i++) {
        const [ax, ay] = ring[i - 1];
        const [bx, by] = ring[i];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
      }
    }
  }
  return within;
}

/** Return the point of the outlines nearest to a point, and how far it is in mm. */
export function nearestOnEdge(polygons, x, y) {
  let best = { x, y, distance: Infinity };
  for (const rings of polygons) {
    for (const ring of rings) {
      for (let i = 1; i < ring.length; i++) {
        const [ax, ay] = ring[i - 1];
        const u = ring[i][0] - ax;
        const v = ring[i][1] - ay;
        const along = Math.min(Math.max(((x - ax) * u + (y - ay) * v) / (u * u + v * v || 1), 0), 1);
        const px = ax + along * u;
        const py = ay + along * v;
        const distance = Math.hypot(x - px, y - py);
        if (distance < best.distance) best = { x: px, y: py, distance };
      }
    }
  }
  return best;
}

/** Return the signed area of a ring of points, closed or not, in mm2. */
export function areaOf(points) {
  let sum = 0;
  for (let i = 0; i < points.length; i++) {
    const [ax, ay] = points[i];
    const [bx, by] = points[(i + 1) % points.length];
    sum += ax * by - bx * ay;
  }
  return sum / 2;
}

/** Return the length of a path in mm. */
export function lengthOf(points) {
  let sum = 0;
  for (let i = 1; i < points.length; i++) sum += Math.hypot(points[i][0] - points[i - 1][0], points[i][1] - points[i - 1][1]);
  return sum;
}

/** Return the point a share (0 to 1) of the way along a path. */
export function along(points, share) {
  let left = lengthOf(points) * share;
  for (let i = 1; i < points.length; i++) {
    const [ax, ay] = points[i - 1];
    const [bx, by] = points[i];
    const run = Math.hypot(bx - ax, by - ay);
    if (run >= left && run > 0) return [ax + ((bx - ax) * left) / run, ay + ((by - ay) * left) / run];
    left -= run;
  }
  return points.at(-1);
}

/** Return a path without the points that a hand did not mean (Douglas and Peucker). */
export function simplified(points, tolerance = WOBBLE) {
  if (points.length < 3) return points;
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  const spans = [[0, points.length - 1]];
  while (spans.length) {
    const [first, last] = spans.pop();
    let farthest = 0;
    let index = 0;
    for (let i = first + 1; i < last; i++) {
      const ring = [[points[first], points[last]]];
      const { distance } = nearestOnEdge([ring], points[i][0], points[i][1]);
      if (distance > farthest) [farthest, index] = [distance, i];
    }
    if (farthest > tolerance) {
      keep[index] = 1;
      spans.push([first, index], [index, last]);
    }
  }
  return points.filter((_, i) => keep[i]);
}

/** Return where two segments cross, or null; touching at a shared end is no crossing. */
function crossing([ax, ay], [bx, by], [cx, cy], [dx, dy]) {
  const d = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx);
  if (Math.abs(d) < 1e-12) return null;
  const s = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / d;
  const u = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / d;
  return s >= 0 && s <= 1 && u >= 0 && u <= 1 ? [ax + s * (bx - ax), ay + s * (by - ay)] : null;
}

/** Return the first crossing of a path with itself: {i, j, at} of segments i < j; null if there is none. */
export function selfCrossing(points, closed = false) {
  const path = closed ? [...points, points[0]] : points;
  for (let j = 2; j < path.length - 1; j++) {
    for (let i = 0; i < j - 1; i++) {
      if (closed && i === 0 && j === path.length - 2) continue; // the ring's own closing corner
      const at = crossing(path[i], path[i + 1], path[j], path[j + 1]);
      if (at) return { i, j, at };
    }
  }
  return null;
}

/** Return a path that does not cross itself: each loop is cut off where it crosses. */
export function withoutLoops(points) {
  let path = points;
  for (let cut = selfCrossing(path); cut; cut = selfCrossing(path)) {
    path = withoutRepeats([...path.slice(0, cut.i + 1), cut.at, ...path.slice(cut.j + 1)]);
  }
  return path;
}

/** Return a ring that does not cross itself: of the two loops at each crossing the larger. */
export function largestLoop(points) {
  let ring = points;
  for (let cut = selfCrossing(ring, true); cut; cut = selfCrossing(ring, true)) {
    const inner = withoutRepeats([cut.at, ...ring.slice(cut.i + 1, cut.j + 1)]);
    const outer = withoutRepeats([...ring.slice(0, cut.i + 1), cut.at, ...ring.slice(cut.j + 1)]);
    ring = Math.abs(areaOf(inner)) > Math.abs(areaOf(outer)) ? inner : outer;
    if (ring.length < 3) return ring;
  }
  return ring;
}

function withoutRepeats(points) {
  return points.filter((point, i) => i === 0 || Math.hypot(point[0] - points[i - 1][0], point[1] - points[i - 1][1]) > 1e-3);
}

/** Return a path with points at most `step` apart. */
export function dense(points, step = STEP) {
  const all = [points[0]];
  for (let i = 1; i < points.length; i++) {
    const [ax, ay] = points[i - 1];
    const [bx, by] = points[i];
    const parts = Math.max(1, Math.ceil(Math.hypot(bx - ax, by - ay) / step));
    for (let k = 1; k <= parts; k++) all.push([ax + ((bx - ax) * k) / parts, ay + ((by - ay) * k) / parts]);
  }
  return all;
}

const rounded = (points) => withoutRepeats(points.map(([x, y]) => [Math.round(x * 1000) / 1000, Math.round(y * 1000) / 1000]));

const asPoint = ([x, y]) => ({ x, y });

/**
 * Return the track that a stroke means: {shape}, or {refusal} in words.
 *
 * What lies off the figure is trimmed (the longest piece on it stays), trembling is left out, and loops are cut.
 */
export function trackOf(stroke, silhouette) {
  const pieces = [[]];
  for (const point of dense(stroke)) {
    if (inside(silhouette, point[0], point[1])) pieces.at(-1).push(point);
    else if (pieces.at(-1).length) pieces.push([]);
  }
  const longest = pieces.reduce((best, one) => (lengthOf(one) > lengthOf(best) ? one : best));
  if (longest.length < 2) return { refusal: 'That track is beside the figure. Draw it on the body.' };
  const path = rounded(withoutLoops(simplified(longest)));
  if (path.length < 2 || lengthOf(path) < SHORTEST_TRACK) return { refusal: 'That track is too short. Draw a longer stroke.' };
  if (path.length > MOST_VERTICES) return { refusal: 'That track has too many turns. Draw it in two strokes.' };
  if (selfCrossing(path)) return { refusal: 'That track crosses itself. Draw it again.' };
  return { shape: { kind: 'track', path: path.map(asPoint) } };
}

/**
 * Return the field that a lasso means: {shape}, or {refusal} in words.
 *
 * What lies off the figure is laid along its edge; of a lasso that crosses itself the largest loop is meant.
 */
export function fieldOf(lasso, silhouette) {
  const ring = dense([...lasso, lasso[0]]).slice(0, -1);
  if (!ring.some(([x, y]) => inside(silhouette, x, y))) return { refusal: 'That field is beside the figure. Draw it on the body.' };
  const on = ring.map(([x, y]) => {
    if (inside(silhouette, x, y)) return [x, y];
    const edge = nearestOnEdge(silhouette, x, y);
    return [edge.x, edge.y];
  });
  const closed = simplified([...withoutRepeats(on), on[0]]).slice(0, -1);
  const outline = rounded(largestLoop(closed));
  if (outline.length < 3 || Math.abs(areaOf(outline)) < SMALLEST_FIELD) {
    return { refusal: 'That field is too small. Draw around a larger area.' };
  }
  if (outline.length > MOST_VERTICES) return { refusal: 'That outline has too many turns. Draw a simpler one.' };
  if (selfCrossing(outline, true)) return { refusal: 'That outline crosses itself. Draw it again.' };
  return { shape: { kind: 'field', outline: outline.map(asPoint) } };
}

/** Return the points of a shape as [x, y]. */
export function pointsOf(shape) {
  const points = shape.kind === 'point' ? [shape.at] : (shape.path ?? shape.outline);
  return points.map(({ x, y }) => [x, y]);
}

/** Return a shape moved by mm. */
export function moved(shape, dx, dy) {
  const to = ({ x, y }) => ({ x: Math.round((x + dx) * 1000) / 1000, y: Math.round((y + dy) * 1000) / 1000 });
  if (shape.kind === 'point') return { kind: 'point', at: to(shape.at) };
  if (shape.kind === 'track') return { kind: 'track', path: shape.path.map(to) };
  return { kind: 'field', outline: shape.outline.map(to) };
}

/** Return the point that stands for a shape: itself, half way along, or inside the area. */
export function middleOf(shape) {
  const points = pointsOf(shape);
  if (shape.kind === 'point') return shape.at;
  if (shape.kind === 'track') return asPoint(along(points, 0.5));
  const area = areaOf(points);
  let x = 0;
  let y = 0;
  for (let i = 0; i < points.length; i++) {
    const [ax, ay] = points[i];
    const [bx, by] = points[(i + 1) % points.length];
    const cross = ax * by - bx * ay;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  }
  const centre = { x: x / (6 * area), y: y / (6 * area) };
  const ring = [[[...points, points[0]]]];
  return inside(ring, centre.x, centre.y) ? centre : widestMiddle(points);
}

/** Return the middle of the widest stretch across the half height of an area, as GEOS does. */
function widestMiddle(points) {
  const ys = points.map((point) => point[1]).sort((a, b) => a - b);
  const half = (ys[0] + ys.at(-1)) / 2;
  const above = Math.min(...ys.filter((y) => y > half));
  const below = Math.max(...ys.filter((y) => y <= half));
  const y = (above + below) / 2;
  const xs = [];
  for (let i = 0; i < points.length; i++) {
    const [ax, ay] = points[i];
    const [bx, by] = points[(i + 1) % points.length];
    if (ay > y !== by > y) xs.push(ax + ((y - ay) * (bx - ax)) / (by - ay));
  }
  xs.sort((a, b) => a - b);
  let best = [xs[0], xs[1]];
  for (let i = 0; i + 1 < xs.length; i += 2) if (xs[i + 1] - xs[i] > best[1] - best[0]) best = [xs[i], xs[i + 1]];
  return { x: (best[0] + best[1]) / 2, y };
}

/** Return points for `count` deposits in a field: spread evenly over it. */
export function spread(points, count) {
  const ring = [[[...points, points[0]]]];
  const xs = points.map((point) => point[0]);
  const ys = points.map((point) => point[1]);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const found = [];
  // the golden ratio's rank-1 lattice: even, and the same each time
  for (let i = 1; found.length < count && i < count * 40; i++) {
    const x = left + ((i * 0.7548776662) % 1) * width;
    const y = top + ((i * 0.5698402910) % 1) * height;
    if (inside(ring, x, y)) found.push([x, y]);
  }
  return found;
}
