/**
 * What the hand means: one state machine for finger, pen and mouse.
 *
 *     idle      nothing is down
 *     pressing  down, and not yet known what it means; a tentative mark is painted
 *     held      a long press was carried out; the rest of it means nothing
 *     dragging  a mark follows the pointer; it moves when lifted
 *     stroking  a track or a field is drawn
 *     panning   the map follows one pointer
 *     pinching  the map follows two fingers
 *     spent     cancelled; nothing counts until all are lifted
 *
 *     from       event                      to         what is done
 *     idle       down                       pressing   a tentative mark, where the tool makes points
 *     idle       down, middle button        panning
 *     pressing   up                         idle       tap
 *     pressing   moved beyond SLOP          dragging, stroking or panning; the tentative mark goes
 *     pressing   HOLD has passed            held       long press
 *     any down   second finger              pinching   what was begun goes without a trace
 *     any down   pointercancel, Escape      spent      what was begun goes without a trace
 *     pinching   one is lifted              panning
 *     all        the last is lifted         idle
 *
 * It knows no drawing and no marks: `acts` is told what to do, in client pixels. While a pen is near or was just
 * used, a palm is not a finger: touch then moves the map at most.
 */

export const SLOP = 10; // px a finger may tremble and still tap
export const HOLD = 550; // ms
const DRAWS_AFTER = 4; // px after which a stroke begins: a track is meant from its first point
const PALM_NEAR = 1000; // ms after a pen was last seen in which touch does nothing at all
const PALM_AFTER = 5000; // ms after a pen last touched in which touch moves the map and never marks

const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

export class Gesture {
  #state = 'idle';
  #down = new Map(); // pointers that count, by their id: {x, y}
  #begun = null; // {id, x, y, type, hit, tool, path}
  #timer = 0;
  #penSeen = -Infinity;
  #penUsed = -Infinity;

  constructor(acts, { now = () => performance.now() } = {}) {
    this.acts = acts;
    this.now = now;
  }

  get state() {
    return this.#state;
  }

  /** Say whether touch is taken for a palm, or for a hand that only moves the map. */
  get penInUse() {
    return this.now() - this.#penUsed < PALM_AFTER;
  }

  /** A pen that hovers is near, and the palm comes before it. */
  hover(pointer) {
    if (pointer.type === 'pen') this.#penSeen = this.now();
  }

  down(pointer) {
    if (pointer.type === 'pen') {
      this.#penSeen = this.#penUsed = this.now();
      if (this.#down.size && this.#begun?.type === 'touch') {
        this.#undo(); // the palm was there first
        this.#down.clear();
        this.#to('idle');
      }
    } else if (pointer.type === 'touch' && this.now() - this.#penSeen < PALM_NEAR) {
      return;
    }
    if (this.#down.has(pointer.id)) return;
    this.#down.set(pointer.id, { x: pointer.x, y: pointer.y });
    if (this.#state === 'spent' || this.#state === 'held') return;
    if (this.#down.size === 2 && this.#state !== 'idle') return this.#pinch();
    if (this.#down.size > 2) return this.#cancel();
    const palm = pointer.type === 'touch' && this.penInUse;
    const tool = palm ? 'look' : this.acts.tool();
    const hit = this.acts.hit(pointer);
    this.#begun = { ...pointer, tool, hit, path: [{ x: pointer.x, y: pointer.y }] };
    if (pointer.button === 1) {
      this.acts.panFrom(pointer);
      return this.#to('panning');
    }
    this.#to('pressing');
    if (tool === 'point' && !hit) this.acts.paintTentative(pointer);
    this.#timer = setTimeout(() => this.#hold(), HOLD);
  }

  move(pointer) {
    if (pointer.type === 'pen') this.#penSeen = this.now();
    if (!this.#down.has(pointer.id)) return;
    this.#down.set(pointer.id, { x: pointer.x, y: pointer.y });
    const { acts } = this;
    switch (this.#state) {
      case 'pressing':
        return this.#wander(pointer);
      case 'dragging':
        return acts.drag(this.#begun.hit, pointer, this.#begun);
      case 'stroking':
        this.#begun.path.push(...(pointer.between ?? []), { x: pointer.x, y: pointer.y });
        return acts.paintStroke(this.#begun.tool, this.#begun.path);
      case 'panning':
        return acts.panTo(pointer);
      case 'pinching':
        return acts.pinchTo(...this.#pair());
      default:
        return undefined;
    }
  }

  up(pointer) {
    if (!this.#down.delete(pointer.id)) return;
    if (pointer.type === 'pen') this.#penUsed = this.#penSeen = this.now();
    const { acts } = this;
    const begun = this.#begun;
    const was = this.#state;
    if (was === 'pinching' && this.#down.size === 1) {
      const [[id, left]] = this.#down;
      this.#begun = { ...begun, id };
      acts.panFrom(left);
      return this.#to('panning');
    }
    if (this.#down.size) return;
    this.#to('idle');
    switch (was) {
      case 'pressing':
        acts.unpaint();
        // what was meant is where the finger came down: lifting rolls it
        return acts.tap({ ...begun, lifted: pointer });
      case 'dragging':
        return acts.drop(begun.hit, pointer, begun);
      case 'stroking':
        acts.unpaint();
        return acts.stroke(begun.tool, begun.path);
      case 'panning':
      case 'pinching':
        return acts.settle();
      default:
        return undefined;
    }
  }

  cancel(pointer) {
    if (!this.#down.delete(pointer.id)) return;
    this.#cancel();
    if (!this.#down.size) this.#to('idle');
  }

  /** Leave what was begun without a trace; say whether there was anything. */
  escape() {
    if (this.#state === 'idle' || this.#state === 'spent') return false;
    this.#cancel();
    return true;
  }

  #wander(pointer) {
    const { tool, hit } = this.#begun;
    const draws = (tool === 'track' || tool === 'field') && !(hit && this.acts.isChosen(hit));
    if (distance(pointer, this.#begun) <= (draws ? DRAWS_AFTER : SLOP)) return;
    clearTimeout(this.#timer);
    this.acts.unpaint();
    if (draws) {
      this.#to('stroking');
      this.move(pointer);
    } else if (hit && tool !== 'look' && this.acts.canDrag(hit)) {
      this.#to('dragging');
      this.acts.drag(hit, pointer, this.#begun);
    } else {
      this.acts.panFrom(pointer);
      this.#to('panning');
    }
  }

  #hold() {
    if (this.#state !== 'pressing') return;
    if (!this.#begun.hit) return; // a slow tap on the skin is a tap
    this.#to('held');
    this.acts.longPress(this.#begun);
  }

  #pinch() {
    this.#undo();
    this.acts.pinchFrom(...this.#pair());
    this.#to('pinching');
  }

  #cancel() {
    const moving = this.#state === 'panning' || this.#state === 'pinching';
    this.#undo();
    if (moving) this.acts.settle();
    this.#to('spent');
  }

  #undo() {
    if (this.#state === 'pressing' || this.#state === 'stroking') this.acts.unpaint();
    if (this.#state === 'dragging') this.acts.dragBack(this.#begun.hit);
  }

  #pair() {
    const [a, b] = [...this.#down.values()];
    return [a, b];
  }

  #to(state) {
    clearTimeout(this.#timer);
    this.#state = state;
  }
}
