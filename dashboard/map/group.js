// A big network as groups: each node belongs to the router region that it is nearest to. Pure but for what it remembers.
//
// Rules: at most MOST groups, so that the map stays readable; the regions are found once for a network and kept. A group
// shows the worst that is inside it. Links between groups are drawn as one, as busy as the busiest of them.

import { byName, count } from "../core/format.js";

/** @typedef {import("../types").NodeBody} NodeBody */
/** @typedef {import("../types").LinkBody} LinkBody */
/** @typedef {(link: LinkBody) => number | null | undefined} Used */

const MOST = 48;
const PREFIX = "group ";
const WORSE = ["healthy", "affected", "degraded", "down"];

let shape = -1;
/** @type {Map<string, string>} */
let home = new Map();
/** @type {Map<string, string[]>} */
let inside = new Map();

/** A node may be called as a group would be: what counts is that there is such a group. @param {string} id */
export const isGroup = (id) => inside.has(id);
export const groupOf = (/** @type {string} */ id) => home.get(id) ?? "";

/** Elements as they stand on the map: those that are inside a group also as that group. @param {Set<string>} ids */
export function lift(ids) {
  const lifted = new Set(ids);
  for (const id of ids)
    for (const end of id.includes("--") ? id.split("--") : [id]) if (home.has(end)) lifted.add(groupOf(end));
  return lifted;
}

/** What to draw: all groups, or one opened with its neighbours beside it. `shapes` tells one network from another. @param {Map<string, NodeBody>} nodes @param {Map<string, LinkBody>} links @param {string} open @param {number} shapes @param {Used} usedOf */
export function drawn(nodes, links, open, shapes, usedOf) {
  if (shape !== shapes) regions(nodes);
  shape = shapes;
  const stands = (/** @type {string} */ id) => (open && home.get(id) === open ? id : groupOf(id));
  const between = joined(links, stands, usedOf);
  const near = new Set([...between.values()].flatMap((link) => [link.source, link.target]));
  const shown = [...inside.keys()].filter((name) => name !== open && (!open || near.has(name)));
  const members = open ? (inside.get(open) ?? []).map((id) => nodes.get(id)).filter((node) => node !== undefined) : [];
  const boxes = shown.map((name) => boxed(name, nodes, between));
  const kept = new Set([...members, ...boxes].map((node) => node.id));
  return {
    nodes: [...members, ...boxes],
    links: [...between.values()].filter((link) => kept.has(link.source) && kept.has(link.target)),
  };
}

/** A group in a sentence. @param {string} id @param {Map<string, NodeBody>} nodes */
export function sentence(id, nodes) {
  const ids = inside.get(id);
  if (!ids) return "";
  const of = (/** @type {string[]} */ ...states) =>
    ids.filter((one) => states.includes(nodes.get(one)?.status ?? "")).length;
  return `${id}: ${count(ids.length, "node")}, ${of("down", "degraded")} in trouble, ${of("affected")} affected`;
}

/** Spread from the heads along the links; each node joins whoever reaches it first. @param {Map<string, NodeBody>} nodes */
function regions(nodes) {
  home = new Map();
  const sorted = [...nodes.values()].sort((a, b) => byName(a.id, b.id));
  const routers = sorted.filter((node) => node.type === "router");
  const switches = sorted.filter((node) => node.type === "switch");
  const heads = routers.length >= 8 ? routers : switches.length ? switches : sorted;
  const each = Math.ceil(heads.length / MOST);
  heads.forEach((head, i) => home.set(head.id, titled(heads[Math.floor(i / each) * each].id, nodes)));
  const queue = [...heads];
  for (let i = 0; i < queue.length; i++) {
    for (const id of queue[i].connections) {
      const next = nodes.get(id);
      if (!next || home.has(id)) continue;
      home.set(id, groupOf(queue[i].id));
      queue.push(next);
    }
  }
  for (const node of sorted) if (!home.has(node.id)) home.set(node.id, titled("apart", nodes));
  inside = new Map();
  for (const [id, name] of home) inside.set(name, [...(inside.get(name) ?? []), id]);
}

/** The name of a group, which no node has. @param {string} name @param {Map<string, NodeBody>} nodes */
function titled(name, nodes) {
  let title = PREFIX + name;
  while (nodes.has(title)) title += "*";
  return title;
}

/** @param {Map<string, LinkBody>} links @param {(id: string) => string} stands @param {Used} usedOf */
function joined(links, stands, usedOf) {
  /** @type {Map<string, LinkBody>} */
  const between = new Map();
  for (const link of links.values()) {
    const [a, b] = [stands(link.source), stands(link.target)].sort();
    if (a === b || !a || !b) continue;
    const plain =
      a === link.source || a === link.target
        ? b === link.source || b === link.target
          ? link.id
          : `${a}--${b}`
        : `${a}--${b}`;
    const known = between.get(plain);
    const busier = !known || (usedOf(link) ?? 0) > (usedOf(known) ?? 0);
    const down = known?.status === "down" || link.status === "down";
    between.set(plain, {
      ...(busier ? link : /** @type {LinkBody} */ (known)),
      id: plain,
      source: a,
      target: b,
      capacity: (known?.capacity ?? 0) + link.capacity,
      status: down ? "down" : "up",
    });
  }
  return between;
}

/** @param {string} name @param {Map<string, NodeBody>} nodes @param {Map<string, LinkBody>} between @returns {NodeBody} */
function boxed(name, nodes, between) {
  const ids = inside.get(name) ?? [];
  const worst = Math.max(...ids.map((id) => WORSE.indexOf(nodes.get(id)?.status ?? "healthy")));
  const connections = [...between.values()].flatMap((link) =>
    link.source === name ? [link.target] : link.target === name ? [link.source] : [],
  );
  return {
    .../** @type {NodeBody} */ (nodes.get(ids[0])),
    id: name,
    type: /** @type {any} */ ("group"),
    status: /** @type {any} */ (WORSE[Math.max(0, worst)]),
    connections,
  };
}
