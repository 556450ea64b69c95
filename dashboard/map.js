// The network as three tiers. Places are found once for a set of nodes and links, and kept: nothing dances.

import { MARKS, byId, say, svg } from "./dom.js";

const TIERS = [["router", "core"], ["switch", "edge"], ["server", "servers"]];
const WIDTH = 960;
const TIER_HEIGHT = 185;
const TOP = 62;
const MOST_DRAWN = 200;
const BUSY = 60;
const FULL = 85;

let drawn = "";
const shapes = new Map();
const lines = new Map();

/** Draw what changed. `causes` are the elements that open incidents are put down to. */
export function drawMap(nodes, links, causes) {
  const key = [...nodes.keys(), ...links.keys()].join(" ");
  if (key !== drawn) {
    drawn = key;
    build(nodes, links);
  }
  for (const [id, parts] of shapes) paintNode(parts, nodes.get(id), causes.has(id));
  for (const [id, line] of lines) paintLink(line, links.get(id), causes.has(id));
}

function build(nodes, links) {
  const map = byId("map");
  shapes.clear();
  lines.clear();
  map.replaceChildren();
  map.setAttribute("viewBox", `0 0 ${WIDTH} ${TOP + TIER_HEIGHT * (TIERS.length - 1) + 62}`);
  if (nodes.size > MOST_DRAWN) {
    map.append(svg("text", { class: "tier", x: 20, y: 40 }, `${nodes.size} nodes: see the table; the map draws up to ${MOST_DRAWN}`));
    return;
  }
  const places = placed(nodes);
  for (const link of links.values()) {
    const [from, to] = [places.get(link.source), places.get(link.target)];
    const line = svg("path", { d: path(from, to), fill: "none", "stroke-width": 1.5 + Math.log10(link.capacity / 100) }, svg("title"));
    lines.set(link.id, line);
    map.append(line);
  }
  TIERS.forEach(([, name], tier) => map.append(svg("text", { class: "tier", x: 8, y: TOP + tier * TIER_HEIGHT - 34 }, name)));
  for (const node of nodes.values()) map.append(group(node, places.get(node.id), nodes.size));
}

/** Two nodes of one tier are joined by a bow, so that no line runs through a third. */
function path(from, to) {
  if (from.y !== to.y) return `M${from.x} ${from.y}L${to.x} ${to.y}`;
  const lift = Math.min(44, Math.abs(from.x - to.x) * 0.11);
  return `M${from.x} ${from.y}Q${(from.x + to.x) / 2} ${from.y - lift * 2} ${to.x} ${to.y}`;
}

/** Spread each tier evenly, its nodes in the order of what they hang on, so that few lines cross. */
function placed(nodes) {
  const places = new Map();
  TIERS.forEach(([type], tier) => {
    const row = [...nodes.values()].filter((node) => node.type === type);
    const pull = (node) => {
      const above = node.connections.map((id) => places.get(id)?.x).filter((x) => x !== undefined);
      return above.length ? above.reduce((a, b) => a + b) / above.length : 0;
    };
    row.sort((a, b) => pull(a) - pull(b) || a.id.localeCompare(b.id, undefined, { numeric: true }));
    row.forEach((node, i) => places.set(node.id, { x: (WIDTH * (i + 0.5)) / row.length, y: TOP + tier * TIER_HEIGHT }));
  });
  return places;
}

function group(node, { x, y }, count) {
  const mark = svg("text", { class: "mark" });
  const title = svg("title");
  const shape = node.type === "server"
    ? svg("rect", { class: "shape", x: -15, y: -19, width: 30, height: 38, rx: 5 })
    : node.type === "switch"
      ? svg("rect", { class: "shape", x: -26, y: -15, width: 52, height: 30, rx: 5 })
      : svg("circle", { class: "shape", r: 21 });
  const name = count <= 60 ? svg("text", { class: "name", y: 38 }, node.id) : null;
  const whole = svg("g", { transform: `translate(${x} ${y})` }, title, shape, mark, name);
  shapes.set(node.id, { whole, mark, title });
  return whole;
}

function paintNode({ whole, mark, title }, node, isCause) {
  if (!node) return;
  whole.setAttribute("class", `node ${node.status}${isCause ? " cause" : ""}`);
  say(mark, MARKS[node.status]);
  say(title, `${node.id}: ${node.status}`);
}

function paintLink(line, link, isCause) {
  if (!link) return;
  const heat = link.utilization >= FULL ? "hot" : link.utilization >= BUSY ? "warm" : "";
  line.setAttribute("class", `link ${link.status === "down" ? "down" : heat}${isCause ? " cause" : ""}`);
  const load = link.utilization === null ? "" : `, ${link.utilization.toFixed(0)} % of ${link.capacity} Mbit/s`;
  say(line.firstChild, `${link.id}: ${link.status}${load}`);
}
