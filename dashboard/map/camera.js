// Which part of the plan is seen: a scale and a shift. Pure.

/** @typedef {{k: number, x: number, y: number}} Camera */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

const CLOSEST = 6;
const FURTHEST = 0.05;
const FIT_CLOSEST = 1.5;

/** The box around places. @param {Iterable<{x: number, y: number}>} places @param {number} margin @returns {Box} */
export function boxOf(places, margin) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { x, y } of places) {
    box.left = Math.min(box.left, x - margin);
    box.right = Math.max(box.right, x + margin);
    box.top = Math.min(box.top, y - margin);
    box.bottom = Math.max(box.bottom, y + margin);
  }
  return Number.isFinite(box.left) ? box : { left: 0, top: 0, right: 1, bottom: 1 };
}

/** The camera that shows a whole box. @param {Box} box @param {number} width @param {number} height @returns {Camera} */
export function fit(box, width, height) {
  const k = Math.min(width / (box.right - box.left), height / (box.bottom - box.top), FIT_CLOSEST);
  return { k, x: width / 2 - (k * (box.left + box.right)) / 2, y: height / 2 - (k * (box.top + box.bottom)) / 2 };
}

/** Come closer or go away, the point under (x, y) staying where it is. @param {Camera} camera @param {number} factor @param {number} x @param {number} y @returns {Camera} */
export function zoom(camera, factor, x, y) {
  const k = Math.min(CLOSEST, Math.max(FURTHEST, camera.k * factor));
  const by = k / camera.k;
  return { k, x: x - (x - camera.x) * by, y: y - (y - camera.y) * by };
}

/** @param {Camera} camera @param {number} x @param {number} y */
export const toPlan = (camera, x, y) => ({ x: (x - camera.x) / camera.k, y: (y - camera.y) / camera.k });

/** The nearest place in a direction: what an arrow key leads to. @param {Map<string, {x: number, y: number}>} places @param {string} from @param {"up"|"down"|"left"|"right"} way */
export function nearest(places, from, way) {
  const start = places.get(from);
  if (!start) return places.keys().next().value ?? "";
  const ahead = { up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] }[way];
  let best = from;
  let least = Infinity;
  for (const [id, { x, y }] of places) {
    const [dx, dy] = [x - start.x, y - start.y];
    const along = dx * ahead[0] + dy * ahead[1];
    const aside = Math.abs(dx * ahead[1]) + Math.abs(dy * ahead[0]);
    if (id === from || along <= 0.5 || aside > along * 3.5) continue;
    const cost = along + aside * 2;
    if (cost < least) [least, best] = [cost, id];
  }
  return best;
}
