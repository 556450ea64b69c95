// Paints links and nodes on a canvas, in the colours of the page's tokens.

/** @typedef {import("./looks.js").NodeLook} NodeLook */
/** @typedef {import("./looks.js").LinkLook} LinkLook */
/** @typedef {CanvasRenderingContext2D} Pen */
/** @typedef {Record<"text"|"dim"|"node"|"edge"|"good"|"warn"|"bad"|"affected"|"accent"|"ground"|"heat0"|"heat1"|"heat2"|"heat3"|"mark"|"font", string>} Colours */

export const FAINT = 0.14;
const NAMES = /** @type {const} */ ([
  "text",
  "dim",
  "node",
  "edge",
  "good",
  "warn",
  "bad",
  "affected",
  "accent",
  "ground",
  "heat0",
  "heat1",
  "heat2",
  "heat3",
  "mark",
]);
export const TONES = /** @type {const} */ ({ healthy: "edge", affected: "affected", degraded: "warn", down: "bad" });
/** Whether the node itself is faulty: it is filled. An affected node is only outlined. @param {string} status */
const isOwn = (status) => status === "degraded" || status === "down";
/** The polygon that marks each state: number of corners, rotation in radians, reach relative to the radius. */
const MARKS = /** @type {Record<string, {corners: number, turn: number, out: number}>} */ ({
  affected: { corners: 4, turn: 0, out: 0.95 },
  degraded: { corners: 3, turn: -Math.PI / 2, out: 1.25 },
  down: { corners: 8, turn: Math.PI / 8, out: 1 },
});

/** @returns {Colours} */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return /** @type {Colours} */ ({
    ...Object.fromEntries(NAMES.map((name) => [name, read(`--map-${name}`) || read(`--${name}`)])),
    font: read("--font"),
  });
}

/** @param {Pen} pen @param {LinkLook} link @param {Colours} colour */
export function paintLink(pen, link, colour) {
  pen.globalAlpha = link.faint ? FAINT : 1;
  if (link.role && link.role !== "affected") {
    pen.strokeStyle = link.role === "cause" ? colour.bad : colour.accent;
    pen.lineWidth = link.width + (link.role === "cause" ? 10 : 7);
    pen.globalAlpha *= link.role === "cause" ? 0.5 : 0.32;
    stroke(pen, link);
    pen.globalAlpha = link.faint ? FAINT : 1;
  }
  pen.lineWidth = link.width;
  pen.strokeStyle = link.down ? colour.bad : [colour.heat0, colour.heat1, colour.heat2, colour.heat3][link.heat];
  if (link.down) pen.setLineDash([2, 6]);
  stroke(pen, link);
  pen.setLineDash([]);
  const middle = /** @type {const} */ ([(link.x1 + link.x2) / 2, (link.y1 + link.y2) / 2 - link.bow / 2]);
  if (link.down) cross(pen, ...middle, colour);
  else if (link.role === "cause") stateShape(pen, ...middle, 9, "degraded", colour.bad, colour.mark, colour.ground);
  pen.globalAlpha = 1;
}

/** @param {Pen} pen @param {LinkLook} link */
function stroke(pen, { x1, y1, x2, y2, bow }) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  if (bow) pen.quadraticCurveTo((x1 + x2) / 2, (y1 + y2) / 2 - bow, x2, y2);
  else pen.lineTo(x2, y2);
  pen.stroke();
}

/** @param {Pen} pen @param {number} x @param {number} y @param {Colours} colour */
function cross(pen, x, y, colour) {
  pen.fillStyle = colour.ground;
  pen.beginPath();
  pen.arc(x, y, 9, 0, 7);
  pen.fill();
  pen.lineWidth = 2.4;
  pen.strokeStyle = colour.bad;
  pen.beginPath();
  pen.moveTo(x - 4.5, y - 4.5);
  pen.lineTo(x + 4.5, y + 4.5);
  pen.moveTo(x + 4.5, y - 4.5);
  pen.lineTo(x - 4.5, y + 4.5);
  pen.stroke();
}

/** Paint a node without its name. @param {Pen} pen @param {NodeLook} node @param {Colours} colour @param {number} r */
export function paintNode(pen, node, colour, r) {
  pen.globalAlpha = node.faint ? FAINT : 1;
  const tone = colour[TONES[/** @type {"healthy"} */ (node.status)] ?? "edge"];
  if (node.role) halo(pen, node, colour, r);
  outline(pen, node, r);
  const own = isOwn(node.status);
  pen.fillStyle = own ? tone : colour.node;
  pen.fill();
  pen.lineWidth = own ? 2.4 : 1.6;
  pen.strokeStyle = tone;
  pen.stroke();
  glyph(pen, node, own ? colour.mark : colour.dim, r);
  if (node.status !== "healthy") stateMark(pen, node, tone, colour, r);
  pen.globalAlpha = 1;
}

/** Paint a small node: the shape of its type if it is healthy, else that of its state. @param {Pen} pen @param {NodeLook} node @param {Colours} colour @param {number} r */
export function paintDot(pen, node, colour, r) {
  pen.globalAlpha = node.faint ? FAINT : 1;
  if (node.role) halo(pen, node, colour, r);
  if (node.status === "healthy") {
    outline(pen, node, r);
    pen.fillStyle = colour.node;
    pen.fill();
    pen.lineWidth = 1.4;
    pen.strokeStyle = colour.edge;
    pen.stroke();
  } else
    stateShape(
      pen,
      node.x,
      node.y,
      r + 1,
      node.status,
      colour[TONES[/** @type {"down"} */ (node.status)]],
      colour.mark,
    );
  pen.globalAlpha = 1;
}

/** @param {Pen} pen @param {NodeLook} node @param {Colours} colour @param {number} r */
function halo(pen, node, colour, r) {
  if (node.role === "affected") return;
  pen.strokeStyle = pen.fillStyle = node.role === "cause" ? colour.bad : colour.accent;
  pen.lineWidth = node.role === "cause" ? 3.5 : 2;
  if (node.role === "evidence") pen.setLineDash([3, 4]);
  const out = r + (node.type === "switch" ? 11 : 8) * (r > 10 ? 1 : 0.6);
  if (node.role === "cause") glow(pen, node, out + 7);
  pen.beginPath();
  pen.arc(node.x, node.y, out, 0, Math.PI * 2);
  pen.stroke();
  pen.setLineDash([]);
}

/** @param {Pen} pen @param {NodeLook} node @param {number} r */
function glow(pen, { x, y }, r) {
  const alpha = pen.globalAlpha;
  pen.globalAlpha *= 0.22;
  pen.beginPath();
  pen.arc(x, y, r, 0, Math.PI * 2);
  pen.fill();
  pen.globalAlpha = alpha;
}

/** The outline of a type: circle for a router, wide box for a switch, tall box for a server. @param {Pen} pen @param {NodeLook} node @param {number} r */
function outline(pen, { x, y, type }, r) {
  pen.beginPath();
  if (type === "router") pen.arc(x, y, r, 0, Math.PI * 2);
  else if (type === "switch") pen.roundRect(x - r * 1.2, y - r * 0.76, r * 2.4, r * 1.52, r * 0.34);
  else if (type === "group") pen.roundRect(x - r * 1.6, y - r, r * 3.2, r * 2, r * 0.3);
  else pen.roundRect(x - r * 0.76, y - r * 0.96, r * 1.52, r * 1.92, r * 0.28);
}

/** @param {Pen} pen @param {NodeLook} node @param {string} ink @param {number} r */
function glyph(pen, { x, y, type }, ink, r) {
  pen.strokeStyle = pen.fillStyle = ink;
  pen.lineWidth = 1.5;
  const s = r / 20;
  pen.beginPath();
  if (type === "router") {
    for (const [ax, ay] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      pen.moveTo(x + ax * 3 * s, y + ay * 3 * s);
      pen.lineTo(x + ax * 11 * s, y + ay * 11 * s);
      pen.moveTo(x + ax * 11 * s - (ax + ay) * 3.5 * s, y + ay * 11 * s - (ay - ax) * 3.5 * s);
      pen.lineTo(x + ax * 11 * s, y + ay * 11 * s);
      pen.lineTo(x + ax * 11 * s - (ax - ay) * 3.5 * s, y + ay * 11 * s - (ay + ax) * 3.5 * s);
    }
  } else if (type === "switch") {
    for (const [dy, way] of [
      [-4.5, 1],
      [4.5, -1],
    ]) {
      pen.moveTo(x - 12 * s * way, y + dy * s);
      pen.lineTo(x + 12 * s * way, y + dy * s);
      pen.lineTo(x + 8 * s * way, y + (dy - 3.5) * s);
    }
  } else if (type === "server") {
    for (const dy of [-10, -3.5, 3]) {
      pen.moveTo(x - 8 * s, y + dy * s);
      pen.lineTo(x + 8 * s, y + dy * s);
    }
    pen.moveTo(x + 2 * s, y + 11 * s);
    pen.arc(x, y + 11 * s, 1.6 * s, 0, 7);
  }
  pen.stroke();
}

/** @param {Pen} pen @param {NodeLook} node @param {string} tone @param {Colours} colour @param {number} r */
function stateMark(pen, node, tone, colour, r) {
  const [dx, dy] = node.type === "switch" ? [r * 1.15, -r * 0.72] : [r * 0.74, -r * 0.78];
  const size = isOwn(node.status) ? 0.5 : 0.34;
  stateShape(pen, node.x + dx, node.y + dy, r * size, node.status, tone, colour.mark, colour.ground);
}

/** The mark of a state: triangle for degraded, octagon for down, empty diamond for affected. @param {Pen} pen @param {number} x @param {number} y @param {number} r @param {string} status @param {string} fill @param {string} ink @param {string} [rim] */
function stateShape(pen, x, y, r, status, fill, ink, rim) {
  pen.beginPath();
  const { corners, turn, out } = MARKS[status];
  for (let i = 0; i < corners; i++)
    pen.lineTo(
      x + r * out * Math.cos(turn + (i * 2 * Math.PI) / corners),
      y + r * out * Math.sin(turn + (i * 2 * Math.PI) / corners),
    );
  pen.closePath();
  if (rim) {
    pen.strokeStyle = rim;
    pen.lineWidth = 4;
    pen.stroke();
  }
  if (!isOwn(status)) {
    pen.fillStyle = rim ?? ink;
    pen.fill();
    pen.strokeStyle = fill;
    pen.lineWidth = Math.max(1.2, r * 0.24);
    return pen.stroke();
  }
  pen.fillStyle = fill;
  pen.fill();
  pen.strokeStyle = ink;
  pen.lineWidth = Math.max(1.2, r * 0.24);
  const a = r * 0.4;
  pen.beginPath();
  if (status === "down") {
    pen.moveTo(x - a, y - a);
    pen.lineTo(x + a, y + a);
    pen.moveTo(x + a, y - a);
    pen.lineTo(x - a, y + a);
  } else {
    pen.moveTo(x, y - r * 0.5);
    pen.lineTo(x, y + r * 0.14);
    pen.moveTo(x, y + r * 0.38);
    pen.lineTo(x, y + r * 0.42);
  }
  pen.stroke();
}
