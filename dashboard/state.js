// What the page knows: a snapshot, then the changes to it. `since` lets a new connection go on where the old one ended.

export const state = {
  seq: null,
  status: null,
  nodes: new Map(),
  links: new Map(),
  summary: null,
  logs: [],
  incidents: new Map(),
  stats: null,
  cycle: null,
  scorecard: null,
  thresholds: {},
};

const KEPT_LINES = 500;

function merge(map, items, removed = []) {
  for (const item of items ?? []) map.set(item.id, item);
  for (const id of removed) map.delete(id);
}

const HANDLERS = {
  snapshot(data) {
    for (const map of [state.nodes, state.links, state.incidents]) map.clear();
    state.status = data.status;
    state.summary = data.metrics.summary;
    state.logs = data.logs;
    state.stats = data.incidents.stats;
    state.cycle = data.cycle;
    merge(state.nodes, data.topology.nodes);
    merge(state.links, data.topology.links);
    merge(state.incidents, data.incidents.recent_incidents);
  },
  metrics_update(data) {
    merge(state.nodes, data.nodes, data.removed);
    state.summary = data.summary;
  },
  topology_update(data) {
    merge(state.nodes, data.nodes, data.removed);
    merge(state.links, data.links, data.removed);
  },
  logs_update(lines) {
    state.logs = [...state.logs, ...lines].slice(-KEPT_LINES);
  },
  incidents_update(data) {
    merge(state.incidents, data.recent_incidents, data.removed);
    state.stats = data.stats;
  },
  cycle_update(data) {
    if (!state.cycle || data.cycle >= state.cycle.cycle) state.cycle = data;
  },
  status_update(data) {
    state.status = data;
  },
};

/** Take in a frame; return its event. */
export function apply(frame) {
  HANDLERS[frame.event]?.(frame.data);
  state.seq = frame.seq;
  return frame.event;
}
