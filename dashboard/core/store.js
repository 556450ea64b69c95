// What the page knows: a snapshot, then the changes to it. Items are merged by id and always whole.
//
// Rules: folding is pure but for the state it is given. It returns the topics that changed, which is what panels watch.

import { NOTHING } from "./catalogue.js";

/** @typedef {import("../types").Frame} Frame */
/** @typedef {import("../types").NodeBody} NodeBody */
/** @typedef {import("../types").LinkBody} LinkBody */
/** @typedef {import("../types").IncidentBody} IncidentBody */
/** @typedef {import("../types").LogBody & {n: number}} Line */
/** @typedef {"status"|"shape"|"nodes"|"links"|"summary"|"logs"|"incidents"|"approvals"|"cycles"|"second"} Topic */
// "second": the network's clock has reached another second, so that ages are others.

export const KEPT_LINES = 2000;
export const KEPT_CYCLES = 400;
export const KEPT_INCIDENTS = 500;
const SPARE_LINES = 200;

/** A state that knows nothing yet. */
export function empty() {
  return {
    known: false,
    seq: /** @type {string | null} */ (null),
    /** The network's own clock at the newest frame, in milliseconds. */
    now: 0,
    status: /** @type {import("../types").StatusBody | null} */ (null),
    summary: /** @type {import("../types").Summary | null} */ (null),
    stats: /** @type {import("../types").Stats | null} */ (null),
    /** Counts the networks that were told: another number, another set of nodes, links or ways between them. */
    shapes: 0,
    nodes: /** @type {Map<string, NodeBody>} */ (new Map()),
    links: /** @type {Map<string, LinkBody>} */ (new Map()),
    /** What else telemetry names: interfaces, sessions, services, paths. */
    elements: /** @type {Map<string, import("../types").ElementBody>} */ (new Map()),
    /** What there is in the domain; it comes with the snapshot. */
    catalogue: NOTHING,
    incidents: /** @type {Map<string, IncidentBody>} */ (new Map()),
    /** The actions that wait for a person, longest first, and how many more there are. */
    approvals: /** @type {import("../types").ApprovalBody[]} */ ([]),
    moreApprovals: 0,
    lines: /** @type {Line[]} */ ([]),
    lineNumber: 0,
    pastNumber: 0,
    cycles: /** @type {Map<number, import("../types").CycleBody>} */ (new Map()),
  };
}

/** @typedef {ReturnType<typeof empty>} State */

/** Take in a frame; return the topics that changed. @param {State} state @param {Frame} frame @returns {Set<Topic>} */
export function fold(state, frame) {
  const topics = new Set();
  const handler = /** @type {((state: State, data: any, topics: Set<Topic>) => void) | undefined} */ (
    HANDLERS[frame.event]
  );
  if (!handler) return topics;
  const second = Math.floor(state.now / 1000);
  handler(state, frame.data, topics);
  if (Math.floor(state.now / 1000) !== second) topics.add("second");
  if (topics.has("shape")) state.shapes += 1;
  state.seq = frame.seq;
  return topics;
}

/** Add older lines that were read elsewhere; what is there already stays as it is, and what is newer than all of it comes by the feed. Their numbers go down from zero. @param {State} state @param {import("../types").LogBody[]} lines */
export function addPast(state, lines) {
  const known = new Set(state.lines.map(keyOf));
  const newest = lines.findLastIndex((line) => known.has(keyOf(line)));
  const older = newest < 0 ? lines : lines.slice(0, newest);
  const past = older.filter((line) => !known.has(keyOf(line))).map((line) => ({ ...line, n: --state.pastNumber }));
  const all = [...past, ...state.lines].sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp));
  state.lines = all.slice(-KEPT_LINES);
}

/** Replace what is known of open incidents beyond the recent ones. @param {State} state @param {IncidentBody[]} incidents @param {boolean} [whole] whether all open ones are among them */
export function adopt(state, incidents, whole = false) {
  const told = new Set(incidents.map((one) => one.id));
  for (const [id, one] of state.incidents)
    if (whole && one.status !== "resolved" && !told.has(id)) state.incidents.delete(id);
  for (const one of incidents) state.incidents.set(one.id, one);
}

/** @type {Record<string, (state: State, data: any, topics: Set<Topic>) => void>} */
const HANDLERS = {
  snapshot(state, data, topics) {
    for (const map of [state.nodes, state.links, state.elements, state.incidents, state.cycles]) map.clear();
    state.known = true;
    state.catalogue = data.catalogue;
    status(state, data.status);
    network(state, data.topology, topics);
    metrics(state, data.metrics, topics);
    anew(state, data.logs);
    incidents(state, data.incidents);
    approvals(state, data.approvals);
    for (const one of data.cycles) cycle(state, one);
    for (const topic of /** @type {Topic[]} */ ([
      "status",
      "shape",
      "nodes",
      "links",
      "summary",
      "logs",
      "incidents",
      "approvals",
      "cycles",
    ]))
      topics.add(topic);
  },
  status_update(state, data, topics) {
    status(state, data);
    topics.add("status");
  },
  topology_update: network,
  metrics_update: metrics,
  logs_update(state, lines, topics) {
    append(state, lines);
    topics.add("logs");
  },
  incidents_update(state, data, topics) {
    incidents(state, data);
    topics.add("incidents");
  },
  approvals_update(state, data, topics) {
    approvals(state, data);
    topics.add("approvals");
  },
  cycle_update(state, data, topics) {
    cycle(state, data);
    topics.add("cycles");
  },
};

/** @param {State} state @param {any} data */
function status(state, data) {
  state.status = data;
  tell(state, data.timestamp);
}

/** @param {State} state @param {any} data @param {Set<Topic>} topics */
function network(state, data, topics) {
  let changed = Boolean(data.removed?.length);
  for (const [map, items] of /** @type {[Map<string, any>, any[] | undefined][]} */ ([
    [state.nodes, data.nodes],
    [state.links, data.links],
  ])) {
    for (const item of items ?? []) {
      const known = map.get(item.id);
      changed ||= !known || String(known.connections) !== String(item.connections);
      map.set(item.id, item);
    }
    for (const id of data.removed ?? []) map.delete(id);
  }
  if (data.nodes?.length) topics.add("nodes");
  if (data.links?.length) topics.add("links");
  if (changed) topics.add("shape");
  tell(state, data.timestamp);
}

/** @param {State} state @param {any} data @param {Set<Topic>} topics */
function metrics(state, data, topics) {
  const before = state.nodes.size;
  const gone = data.removed ?? [];
  for (const node of data.nodes) state.nodes.set(node.id, node);
  if (before !== state.nodes.size || gone.length) topics.add("shape");
  for (const id of gone) state.nodes.delete(id);
  for (const element of data.elements ?? []) state.elements.set(element.id, element);
  state.summary = data.summary;
  tell(state, data.timestamp);
  topics.add("nodes").add("summary");
}

/** @param {State} state @param {any} data */
function incidents(state, data) {
  for (const one of data.recent_incidents) {
    state.incidents.delete(one.id);
    state.incidents.set(one.id, one);
  }
  for (const id of data.removed ?? []) if (state.incidents.get(id)?.status === "resolved") state.incidents.delete(id);
  for (const [id, one] of state.incidents) {
    if (state.incidents.size <= KEPT_INCIDENTS) break;
    if (one.status === "resolved") state.incidents.delete(id);
  }
  state.stats = data.stats;
}

/** @param {State} state @param {import("../types").ApprovalsBody} data */
function approvals(state, data) {
  state.approvals = data.approvals;
  state.moreApprovals = data.left_out;
}

/** @param {State} state @param {any} data */
function cycle(state, data) {
  state.cycles.set(data.cycle, data);
  if (state.cycles.size > KEPT_CYCLES) state.cycles.delete(Math.min(...state.cycles.keys()));
}

/** Lines of a snapshot in place of those that were; one that was known keeps its number. @param {State} state @param {import("../types").LogBody[]} lines */
function anew(state, lines) {
  const known = new Map(state.lines.map((line) => [keyOf(line), line.n]));
  state.lines = lines.map((line) => ({ ...line, n: known.get(keyOf(line)) ?? ++state.lineNumber }));
}

/** @param {State} state @param {import("../types").LogBody[]} lines */
function append(state, lines) {
  for (const line of lines) state.lines.push({ ...line, n: ++state.lineNumber });
  if (state.lines.length > KEPT_LINES + SPARE_LINES) state.lines = state.lines.slice(-KEPT_LINES);
}

/** @param {State} state @param {string | undefined} iso */
function tell(state, iso) {
  const at = iso ? Date.parse(iso) : NaN;
  if (!Number.isNaN(at)) state.now = at;
}

/** @param {import("../types").LogBody} line */
const keyOf = (line) => `${line.timestamp}|${line.service}|${line.message}`;
