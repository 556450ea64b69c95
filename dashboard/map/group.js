// Groups for a big network: each node belongs to the group of the nearest router. Pure except for a cache of the groups.
//
// Rules: at most MOST groups, so that the map stays readable; they are computed once for each topology. A group shows the
// worst status of its nodes. Links between two groups are drawn as one, with the highest utilisation among them.

import { byName, count } from "../core/format.js";

/** @typedef {import("../types").NodeBody} NodeBody */
/** @typedef {import("../types").LinkBody} LinkBody */
/** @typedef {(link: LinkBody) => number | null | undefined} Used */

const MOST = 48;
const PREFIX = "group ";
const WORSE = ["healthy", "affected", "degraded", "down"];

let cached = -1;
/** @type {Map<string, string>} */
let groupByNode = new Map();
/** @type {Map<string, string[]>} */
let membersOf = new Map();

/** Whether there is such a group; a node may have a name like a group. @param {string} id */
export const isGroup = (id) => membersOf.has(id);
export const groupOf = (/** @type {string} */ id) => groupByNode.get(id) ?? "";

/** Elements and the groups that contain them. @param {Set<string>} ids */
export function lift(ids) {
  const lifted = new Set(ids);
  for (const id of ids)
    for (const end of id.includes("--") ? id.split("--") : [id]) if (groupByNode.has(end)) lifted.add(groupOf(end));
  return lifted;
}

/** What to draw: all groups, or an open one with its neighbours. `version` changes with the topology. @param {Map<string, NodeBody>} nodes @param {Map<string, LinkBody>} links @param {string} open @param {number} version @param {Used} usedOf */
export function drawn(nodes, links, open, version, usedOf) {
  if (cached !== version) regions(nodes);
  cached = version;
  const shownAs = (/** @type {string} */ id) => (open && groupByNode.get(id) === open ? id : groupOf(id));
  const between = joined(links, shownAs, usedOf);
  const near = new Set([...between.values()].flatMap((link) => [link.source, link.target]));
  const shown = [...membersOf.keys()].filter((name) => name !== open && (!open || near.has(name)));
  const members = open ? (membersOf.get(open) ?? []).map((id) => nodes.get(id)).filter((node) => node !== undefined) : [];
  const boxes = shown.map((name) => boxed(name, nodes, between));
  const kept = new Set([...members, ...boxes].map((node) => node.id));
  return {
    nodes: [...members, ...boxes],
    links: [...between.values()].filter((link) => kept.has(link.source) && kept.has(link.target)),
  };
}

/** @param {string} id @param {Map<string, NodeBody>} nodes */
export function sentence(id, nodes) {
  const ids = membersOf.get(id);
  if (!ids) return "";
  const of = (/** @type {string[]} */ ...states) =>
    ids.filter((one) => states.includes(nodes.get(one)?.status ?? "")).length;
  return `${id}: ${count(ids.length, "node")}, ${of("down", "degraded")} in trouble, ${of("affected")} affected`;
}

/** Assign nodes to groups by a breadth-first search from the heads along the links. @param {Map<string, NodeBody>} nodes */
function regions(nodes) {
  groupByNode = new Map();
  const sorted = [...nodes.values()].sort((a, b) => byName(a.id, b.id));
  const routers = sorted.filter((node) => node.type === "router");
  const switches = sorted.filter((node) => node.type === "switch");
  const heads = routers.length >= 8 ? routers : switches.length ? switches : sorted;
  const each = Math.ceil(heads.length / MOST);
  heads.forEach((head, i) => groupByNode.set(head.id, titled(heads[Math.floor(i / each) * each].id, nodes)));
  const queue = [...heads];
  for (let i = 0; i < queue.length; i++) {
    for (const id of queue[i].connections) {
      const next = nodes.get(id);
      if (!next || groupByNode.has(id)) continue;
      groupByNode.set(id, groupOf(queue[i].id));
      queue.push(next);
    }
  }
  for (const node of sorted) if (!groupByNode.has(node.id)) groupByNode.set(node.id, titled("apart", nodes));
  membersOf = new Map();
  for (const [id, name] of groupByNode) membersOf.set(name, [...(membersOf.get(name) ?? []), id]);
}

/** A name for a group that no node has. @param {string} name @param {Map<string, NodeBody>} nodes */
function titled(name, nodes) {
  let title = PREFIX + name;
  while (nodes.has(title)) title += "*";
  return title;
}

/** @param {Map<string, LinkBody>} links @param {(id: string) => string} shownAs @param {Used} usedOf */
function joined(links, shownAs, usedOf) {
  /** @type {Map<string, LinkBody>} */
  const between = new Map();
  for (const link of links.values()) {
    const [a, b] = [shownAs(link.source), shownAs(link.target)].sort();
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
  const ids = membersOf.get(name) ?? [];
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
