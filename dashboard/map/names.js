// The names on the map: which are painted, how much of each, and where, so that none overlaps another.
//
// Rules: causes, the selection and evidence are named first; a name without free space is left out. Letters have the same
// size at any zoom, so sizes in pixels are converted to sizes on the plan.

import { short } from "../core/format.js";
import { FAINT, TONES } from "./paint.js";

/** @typedef {import("./looks.js").NodeLook} NodeLook */
/** @typedef {import("./place.js").Placement} Placement */
/** @typedef {import("./place.js").Box} Box */

const NAMED_FROM = 72;
const NAME_SIZE = 12;
const STATE_SIZE = 11;
const NAME_BELOW = 5;
const STATE_BELOW = 14;
const LINE_HEIGHT = 13;
const BETWEEN = 6;
const RIM = 4;
const FEWEST_LETTERS = 5;
const FIRST = ["cause", "selected", "evidence"];

/** @param {Placement} placement @param {number} k the camera's scale */
export const allNamed = (placement, k) => placement.step * k >= NAMED_FROM;

/** Paint names; return their boxes. @param {CanvasRenderingContext2D} pen @param {Iterable<NodeLook>} looks @param {Placement} placement @param {import("./paint.js").Colours} ink @param {number} k @returns {Box[]} */
export function paintNames(pen, looks, placement, ink, k) {
  const taken = /** @type {Box[]} */ ([]);
  const all = allNamed(placement, k);
  for (const look of inOrder(looks, all)) {
    const beside = all ? (placement.rooms.get(look.id) ?? placement.step) : Infinity;
    const room = Math.min(beside, pen.canvas.width / pen.getTransform().a) - BETWEEN / k;
    const name = written(pen, look, room, placement.radius, ink, 1 / k);
    if (taken.some((other) => meet(name.box, other))) continue;
    taken.push(name.box);
    pen.globalAlpha = look.faint ? FAINT : 1;
    for (const line of name.lines) write(pen, line, ink, 1 / k);
    pen.globalAlpha = 1;
  }
  return taken;
}

/** @param {Box} one @param {Box} other */
export const meet = (one, other) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/** @param {Iterable<NodeLook>} looks @param {boolean} all */
function inOrder(looks, all) {
  const rank = (/** @type {NodeLook} */ look) => (FIRST.includes(look.role) ? FIRST.indexOf(look.role) : FIRST.length);
  const named = [...looks].filter((look) => all || rank(look) < FIRST.length);
  return named.sort((a, b) => rank(a) - rank(b));
}

/** @typedef {{text: string, x: number, y: number, font: string, tone: string}} Line */

/** A node's name and, unless it is healthy, its state. @param {CanvasRenderingContext2D} pen @param {NodeLook} look @param {number} room @param {number} r @param {import("./paint.js").Colours} ink @param {number} pixel @returns {{lines: Line[], box: Box}} */
function written(pen, look, room, r, ink, pixel) {
  const top = look.y + r * (look.type === "switch" ? 0.76 : 0.98) + NAME_BELOW * pixel;
  const nameFont = `500 ${NAME_SIZE * pixel}px ${ink.font}`;
  const stateFont = `${look.status === "affected" ? 400 : 600} ${STATE_SIZE * pixel}px ${ink.font}`;
  pen.font = nameFont;
  const name = shortened(pen, look.label, room);
  const state = stateOf(look);
  const tone = look.status === "healthy" ? ink.bad : ink[TONES[/** @type {"down"} */ (look.status)]];
  const lines = [{ text: name, x: look.x, y: top, font: nameFont, tone: ink.text }];
  if (state) lines.push({ text: state, x: look.x, y: top + STATE_BELOW * pixel, font: stateFont, tone });
  let wide = 0;
  for (const line of lines) {
    pen.font = line.font;
    const half = pen.measureText(line.text).width / 2;
    line.x = inside(pen, look.x, half + RIM * pixel);
    wide = Math.max(wide, half + Math.abs(line.x - look.x));
  }
  const high = lines.length > 1 ? STATE_BELOW + LINE_HEIGHT : LINE_HEIGHT;
  return { lines, box: { left: look.x - wide, right: look.x + wide, top, bottom: top + high * pixel } };
}

/** @param {NodeLook} look */
function stateOf({ role, status }) {
  const parts = [...(status === "healthy" ? [] : [status]), ...(role === "cause" ? ["cause"] : [])];
  return parts.join(", ");
}

/** A name that fits into `room`: if it is too long, its beginning and its end. @param {CanvasRenderingContext2D} pen @param {string} name @param {number} room */
function shortened(pen, name, room) {
  const wide = pen.measureText(name).width;
  if (wide <= room) return name;
  for (let kept = Math.floor((name.length * room) / wide); kept > FEWEST_LETTERS; kept--) {
    const text = short(name, kept);
    if (pen.measureText(text).width <= room) return text;
  }
  return short(name, FEWEST_LETTERS);
}

/** The centre of a text, moved so that the text of a visible node stays on the canvas. @param {CanvasRenderingContext2D} pen @param {number} x @param {number} half */
function inside(pen, x, half) {
  const { a, e } = pen.getTransform();
  const [left, right] = [-e / a, (pen.canvas.width - e) / a];
  return x > left && x < right ? Math.max(left + half, Math.min(right - half, x)) : x;
}

/** Text with an outline in the colour of the ground, so that it is readable over a line. @param {CanvasRenderingContext2D} pen @param {Line} line @param {import("./paint.js").Colours} ink @param {number} pixel */
function write(pen, { text, x, y, font, tone }, ink, pixel) {
  pen.textAlign = "center";
  pen.textBaseline = "top";
  pen.lineJoin = "round";
  pen.font = font;
  pen.strokeStyle = ink.ground;
  pen.lineWidth = RIM * pixel;
  pen.strokeText(text, x, y);
  pen.fillStyle = tone;
  pen.fillText(text, x, y);
}
