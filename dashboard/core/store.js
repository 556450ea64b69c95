// The state of the page: a snapshot, then the changes to it. Items are merged by id and always complete.
//
// Rules: `fold` changes nothing but the state that it gets. It returns the topics that changed, which panels watch.

import { NOTHING } from "./catalogue.js";

/** @typedef {import("../types").Frame} Frame */
/** @typedef {import("../types").NodeBody} NodeBody */
/** @typedef {import("../types").LinkBody} LinkBody */
/** @typedef {import("../types").IncidentBody} IncidentBody */
/** @typedef {import("../types").LogBody & {n: number}} Line */
/** @typedef {"status"|"topology"|"nodes"|"links"|"summary"|"logs"|"incidents"|"approvals"|"observations"|"cycles"|"second"} Topic */
// "second": network time has reached another second, so that ages change.

export const KEPT_LINES = 2000;
export const KEPT_CYCLES = 400;
export const KEPT_INCIDENTS = 500;
const SPARE_LINES = 200;

export function empty() {
  return {
    known: false,
    seq: /** @type {string | null} */ (null),
    /** Network time of the newest frame, in milliseconds. */
    now: 0,
    status: /** @type {import("../types").StatusBody | null} */ (null),
    summary: /** @type {import("../types").Summary | null} */ (null),
    stats: /** @type {import("../types").Stats | null} */ (null),
    /** Grows with each change of the set of nodes, links or connections. */
    topologyVersion: 0,
    nodes: /** @type {Map<string, NodeBody>} */ (new Map()),
    links: /** @type {Map<string, LinkBody>} */ (new Map()),
    /** The other elements of the telemetry: interfaces, sessions, services, paths. */
    elements: /** @type {Map<string, import("../types").ElementBody>} */ (new Map()),
    catalogue: NOTHING,
    incidents: /** @type {Map<string, IncidentBody>} */ (new Map()),
    /** The actions that wait for approval, the oldest first, and the number of further ones. */
    approvals: /** @type {import("../types").ApprovalBody[]} */ ([]),
    moreApprovals: 0,
    /** The observations that go on, the oldest first, and the number of further ones. */
    observations: /** @type {import("../types").ObservationBody[]} */ ([]),
    moreObservations: 0,
    lines: /** @type {Line[]} */ ([]),
    lineNumber: 0,
    pastNumber: 0,
    cycles: /** @type {Map<number, import("../types").CycleBody>} */ (new Map()),
  };
}

/** @typedef {ReturnType<typeof empty>} State */

/** Apply a frame to the state; return the topics that changed. @param {State} state @param {Frame} frame @returns {Set<Topic>} */
export function fold(state, frame) {
  const topics = new Set();
  const handler = /** @type {((state: State, data: any, topics: Set<Topic>) => void) | undefined} */ (
    HANDLERS[frame.event]
  );
  if (!handler) return topics;
  const second = Math.floor(state.now / 1000);
  handler(state, frame.data, topics);
  if (Math.floor(state.now / 1000) !== second) topics.add("second");
  if (topics.has("topology")) state.topologyVersion += 1;
  state.seq = frame.seq;
  return topics;
}

/** Add older log lines, with numbers that go down from zero. Known lines stay unchanged; newer ones are left to the feed. @param {State} state @param {import("../types").LogBody[]} lines */
export function addPast(state, lines) {
  const known = new Set(state.lines.map(keyOf));
  const newest = lines.findLastIndex((line) => known.has(keyOf(line)));
  const older = newest < 0 ? lines : lines.slice(0, newest);
  const past = older.filter((line) => !known.has(keyOf(line))).map((line) => ({ ...line, n: --state.pastNumber }));
  const all = [...past, ...state.lines].sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp));
  state.lines = all.slice(-KEPT_LINES);
}

/** Add incidents that the feed does not carry. @param {State} state @param {IncidentBody[]} incidents @param {boolean} [complete] whether all open ones are among them, so that others are dropped */
export function mergeIncidents(state, incidents, complete = false) {
  const given = new Set(incidents.map((one) => one.id));
  for (const [id, one] of state.incidents)
    if (complete && one.status !== "resolved" && !given.has(id)) state.incidents.delete(id);
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
    replaceLines(state, data.logs);
    incidents(state, data.incidents);
    approvals(state, data.approvals);
    observations(state, data.observations);
    for (const one of data.cycles) cycle(state, one);
    for (const topic of /** @type {Topic[]} */ ([
      "status",
      "topology",
      "nodes",
      "links",
      "summary",
      "logs",
      "incidents",
      "approvals",
      "observations",
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
  observations_update(state, data, topics) {
    observations(state, data);
    topics.add("observations");
  },
  cycle_update(state, data, topics) {
    cycle(state, data);
    topics.add("cycles");
  },
};

/** @param {State} state @param {any} data */
function status(state, data) {
  state.status = data;
  setClock(state, data.timestamp);
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
  if (changed) topics.add("topology");
  setClock(state, data.timestamp);
}

/** @param {State} state @param {any} data @param {Set<Topic>} topics */
function metrics(state, data, topics) {
  const before = state.nodes.size;
  const gone = data.removed ?? [];
  for (const node of data.nodes) state.nodes.set(node.id, node);
  if (before !== state.nodes.size || gone.length) topics.add("topology");
  for (const id of gone) state.nodes.delete(id);
  for (const element of data.elements ?? []) state.elements.set(element.id, element);
  state.summary = data.summary;
  setClock(state, data.timestamp);
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

/** @param {State} state @param {import("../types").OpenObservationsBody} data */
function observations(state, data) {
  state.observations = data.observations;
  state.moreObservations = data.left_out;
}

/** @param {State} state @param {any} data */
function cycle(state, data) {
  state.cycles.set(data.cycle, data);
  if (state.cycles.size > KEPT_CYCLES) state.cycles.delete(Math.min(...state.cycles.keys()));
}

/** Replace the log lines by those of a snapshot; a known line keeps its number. @param {State} state @param {import("../types").LogBody[]} lines */
function replaceLines(state, lines) {
  const known = new Map(state.lines.map((line) => [keyOf(line), line.n]));
  state.lines = lines.map((line) => ({ ...line, n: known.get(keyOf(line)) ?? ++state.lineNumber }));
}

/** @param {State} state @param {import("../types").LogBody[]} lines */
function append(state, lines) {
  for (const line of lines) state.lines.push({ ...line, n: ++state.lineNumber });
  if (state.lines.length > KEPT_LINES + SPARE_LINES) state.lines = state.lines.slice(-KEPT_LINES);
}

/** @param {State} state @param {string | undefined} iso */
function setClock(state, iso) {
  const at = iso ? Date.parse(iso) : NaN;
  if (!Number.isNaN(at)) state.now = at;
}

/** @param {import("../types").LogBody} line */
const keyOf = (line) => `${line.timestamp}|${line.service}|${line.message}`;
