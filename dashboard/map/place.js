// The layout of the map: the place of each node by its type and its links; and the camera, which selects the visible part.
//
// Rules: pure and deterministic. Few nodes are placed in rows: routers in an arch, switches below, servers below their
// switch. Many are placed in blocks of a switch with its servers. A network of one type only is laid out by its links.

import { byName } from "../core/format.js";

/** @typedef {{id: string, type: string, connections: string[]}} Placed */
/** @typedef {{x: number, y: number}} Point */
/**
 * `step`: the least distance of two names; `rooms`: the greatest width of each name, where that is more.
 * @typedef {{places: Map<string, Point>, radius: number, labelled: boolean, step: number, rooms: Map<string, number>}} Placement
 */

const ROW_SWITCHES = 16;
const ROW_NODES = 34;
const ROW_STEP = 96;
const NAME_HEIGHT = 40;
const ROW_HEIGHTS = { router: 0, arch: 52, switch: 140, server: 262 };
const ROW_MARGINS = 120;
const ROW_RADIUS = 20;
const BLOCK_STEP = 26;
const BLOCK_RADIUS = 8;
const SPREAD_MOST = 150;
const SPREAD_ROUNDS = 220;

/** @param {Placed[]} nodes @param {number} aspect width of the map divided by its height @returns {Placement} */
export function place(nodes, aspect) {
  const sorted = [...nodes].sort((a, b) => byName(a.id, b.id));
  const tiers = [["router", "group"], ["switch"], ["server"]].map((types) =>
    sorted.filter((node) => types.includes(node.type)),
  );
  const [routers, switches, servers] = tiers;
  if (tiers.filter((tier) => tier.length).length <= 1) return spread(sorted, aspect);
  if (!switches.length && routers.length > 5) return spread(sorted, aspect);
  const heads = switches.length ? switches : routers;
  const homes = blocksOf(heads, servers);
  const above = switches.length ? routers : [];
  if (heads.length <= ROW_SWITCHES && Math.max(above.length, servers.length) <= ROW_NODES)
    return inRows(above, homes, aspect);
  return inBlocks(above, homes, aspect);
}

/** The distance of each node to the next one in its row, which its name may take. @param {Map<string, Point>} places @returns {Map<string, number>} */
function roomsOf(places) {
  const rooms = new Map();
  for (const [id, { x, y }] of places) {
    let room = Infinity;
    for (const [other, at] of places)
      if (other !== id && Math.abs(at.y - y) < NAME_HEIGHT) room = Math.min(room, Math.abs(at.x - x));
    rooms.set(id, room);
  }
  return rooms;
}

/** @typedef {{head: Placed, below: Placed[]}} Block */

/** Assign each server to the first of its neighbours that is the head of a block. @param {Placed[]} heads @param {Placed[]} servers @returns {Block[]} */
function blocksOf(heads, servers) {
  const blocks = new Map(heads.map((head) => [head.id, { head, below: /** @type {Placed[]} */ ([]) }]));
  const lost = /** @type {Placed[]} */ ([]);
  for (const server of servers)
    (blocks.get(server.connections.find((id) => blocks.has(id)) ?? "")?.below ?? lost).push(server);
  for (const server of lost) blocks.set(server.id, { head: server, below: [] });
  return [...blocks.values()];
}

/** @param {Placed[]} routers @param {Block[]} blocks @param {number} aspect @returns {Placement} */
function inRows(routers, blocks, aspect) {
  const places = new Map();
  const order = new Map(routers.map((router, i) => [router.id, i]));
  const pull = (/** @type {Block} */ { head }) =>
    mean(head.connections.map((id) => order.get(id)).filter((i) => i !== undefined));
  const row = routers.length ? [...blocks].sort((a, b) => pull(a) - pull(b)) : blocks;
  const cells = row.reduce((sum, { below }) => sum + Math.max(1, below.length), 0);
  const high = ROW_HEIGHTS.server + ROW_HEIGHTS.arch + ROW_MARGINS;
  const step = Math.max(ROW_STEP, (high * aspect - ROW_MARGINS) / Math.max(cells, routers.length));
  const width = step * Math.max(cells, routers.length);
  let x = (width - cells * step) / 2;
  for (const { head, below } of row) {
    const room = Math.max(1, below.length) * step;
    places.set(head.id, { x: x + room / 2, y: ROW_HEIGHTS.switch });
    below.forEach((server, i) => places.set(server.id, { x: x + (i + 0.5) * step, y: ROW_HEIGHTS.server }));
    x += room;
  }
  const reach = routers.length > 2 ? 0.64 : 0.4;
  routers.forEach((router, i) => {
    const turn = routers.length > 1 ? (2 * i) / (routers.length - 1) - 1 : 0;
    places.set(router.id, {
      x: width / 2 + (turn * width * reach) / 2,
      y: ROW_HEIGHTS.router - ROW_HEIGHTS.arch * (1 - turn * turn),
    });
  });
  return { places, radius: ROW_RADIUS, labelled: true, step, rooms: roomsOf(places) };
}

/** @param {Placed[]} routers @param {Block[]} blocks @param {number} aspect @returns {Placement} */
function inBlocks(routers, blocks, aspect) {
  const places = new Map();
  const most = Math.max(1, ...blocks.map((block) => block.below.length));
  const columns = Math.max(1, Math.ceil(Math.sqrt(most * 1.7)));
  const width = columns * BLOCK_STEP + 18;
  const height = (Math.ceil(most / columns) + 1) * BLOCK_STEP + 26;
  const across = Math.max(1, Math.round(Math.sqrt((blocks.length * aspect * height) / width)));
  const left = (/** @type {number} */ count, /** @type {number} */ i, /** @type {number} */ step) =>
    (i - (count - 1) / 2) * step;
  blocks.forEach(({ head, below }, n) => {
    const x = left(across, n % across, width);
    const y = Math.floor(n / across) * height;
    places.set(head.id, { x, y });
    below.forEach((server, i) =>
      places.set(server.id, {
        x: x + left(columns, i % columns, BLOCK_STEP),
        y: y + (1 + Math.floor(i / columns)) * BLOCK_STEP + 6,
      }),
    );
  });
  const step = Math.max(BLOCK_STEP, (across * width) / Math.max(1, Math.min(routers.length, 60)));
  const inRow = Math.max(1, Math.floor((across * width) / step));
  const rows = Math.ceil(routers.length / inRow);
  routers.forEach((router, i) => {
    const r = Math.floor(i / inRow);
    const count = r === rows - 1 ? routers.length - r * inRow : inRow;
    places.set(router.id, { x: left(count, i % inRow, step), y: -90 - (rows - 1 - r) * 40 });
  });
  return { places, radius: BLOCK_RADIUS, labelled: false, step: BLOCK_STEP, rooms: new Map() };
}

/** Lay nodes out by their links: neighbours close together, others apart. @param {Placed[]} nodes @param {number} aspect @returns {Placement} */
function spread(nodes, aspect) {
  const size = 60 * Math.sqrt(Math.max(1, nodes.length));
  const order = walk(nodes);
  const xs = new Float64Array(order.length);
  const ys = new Float64Array(order.length);
  order.forEach((_, i) => {
    const turn = (2 * Math.PI * i) / order.length - Math.PI / 2;
    [xs[i], ys[i]] = order.length === 1 ? [0, 0] : [Math.cos(turn) * size, Math.sin(turn) * size];
  });
  if (order.length <= SPREAD_MOST) relax(order, xs, ys, size);
  const stretch = Math.sqrt(Math.max(1, aspect));
  const places = new Map(order.map((node, i) => [node.id, { x: xs[i] * stretch, y: ys[i] / stretch }]));
  const labelled = nodes.length <= 48;
  const rooms = labelled ? roomsOf(places) : new Map();
  return { places, radius: labelled ? 16 : BLOCK_RADIUS, labelled, step: 80, rooms };
}

/** Force-directed layout: links attract, nodes repel each other. @param {Placed[]} nodes @param {Float64Array} xs @param {Float64Array} ys @param {number} size */
function relax(nodes, xs, ys, size) {
  const index = new Map(nodes.map((node, i) => [node.id, i]));
  const pairs = nodes
    .flatMap((node, i) => node.connections.map((id) => [i, index.get(id) ?? -1]))
    .filter(([i, j]) => j > i);
  const rest = (1.6 * size) / Math.sqrt(nodes.length);
  for (let round = 0; round < SPREAD_ROUNDS; round++) {
    const dx = new Float64Array(nodes.length);
    const dy = new Float64Array(nodes.length);
    const push = (/** @type {number} */ i, /** @type {number} */ j, /** @type {number} */ force) => {
      const [x, y] = [xs[i] - xs[j], ys[i] - ys[j]];
      const far = Math.hypot(x, y) || 1;
      const pull = force === 0 ? (rest * rest) / far : -(far * far) / rest;
      for (const [n, sign] of [
        [i, 1],
        [j, -1],
      ]) {
        dx[n] += (sign * x * pull) / far;
        dy[n] += (sign * y * pull) / far;
      }
    };
    for (let i = 0; i < nodes.length; i++) for (let j = i + 1; j < nodes.length; j++) push(i, j, 0);
    for (const [i, j] of pairs) push(i, j, 1);
    const most = (size / 6) * (1 - round / SPREAD_ROUNDS);
    for (let i = 0; i < nodes.length; i++) {
      const far = Math.hypot(dx[i], dy[i]) || 1;
      xs[i] += (dx[i] / far) * Math.min(far, most);
      ys[i] += (dy[i] / far) * Math.min(far, most);
    }
  }
}

/** Nodes in the order of a depth-first search, so that neighbours come close. @param {Placed[]} nodes */
function walk(nodes) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const seen = new Set();
  const order = /** @type {Placed[]} */ ([]);
  for (const start of [...nodes].sort((a, b) => b.connections.length - a.connections.length || byName(a.id, b.id))) {
    const stack = [start];
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (seen.has(node.id)) continue;
      seen.add(node.id);
      order.push(node);
      for (const id of [...node.connections].sort(byName).reverse()) {
        const next = byId.get(id);
        if (next && !seen.has(id)) stack.push(next);
      }
    }
  }
  return order;
}

/** @param {(number | undefined)[]} values */
const mean = (values) =>
  values.length ? values.reduce((/** @type {number} */ sum, value) => sum + (value ?? 0), 0) / values.length : 0;

// --- the camera: the visible part of the plan, as scale and offset --- ---------------------------------------------

/** @typedef {{k: number, x: number, y: number}} Camera */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

const CLOSEST = 6;
const FURTHEST = 0.05;
const FIT_CLOSEST = 1.5;

/** @param {Iterable<{x: number, y: number}>} places @param {number} margin @returns {Box} */
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

/** @param {Box} box @param {number} width @param {number} height @returns {Camera} */
export function fit(box, width, height) {
  const k = Math.min(width / (box.right - box.left), height / (box.bottom - box.top), FIT_CLOSEST);
  return { k, x: width / 2 - (k * (box.left + box.right)) / 2, y: height / 2 - (k * (box.top + box.bottom)) / 2 };
}

/** Zoom by a factor; the point under (x, y) stays in place. @param {Camera} camera @param {number} factor @param {number} x @param {number} y @returns {Camera} */
export function zoom(camera, factor, x, y) {
  const k = Math.min(CLOSEST, Math.max(FURTHEST, camera.k * factor));
  const by = k / camera.k;
  return { k, x: x - (x - camera.x) * by, y: y - (y - camera.y) * by };
}

/** @param {Camera} camera @param {number} x @param {number} y */
export const toPlan = (camera, x, y) => ({ x: (x - camera.x) / camera.k, y: (y - camera.y) / camera.k });

/** The nearest node in the direction of an arrow key. @param {Map<string, {x: number, y: number}>} places @param {string} from @param {"up"|"down"|"left"|"right"} way */
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
