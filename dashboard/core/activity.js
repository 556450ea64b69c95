// The activity of the loop: for each of its six stages the last event, and the number of events in the last minute.
//
// Rules: an event of a stage is a log line of its service, an incident or a cause. Rates are counted over the received
// cycles, by the times in them, so that a cycle received twice counts once.

/** @typedef {import("./store.js").State} State */
/** @typedef {"inject"|"detect"|"correlate"|"analyze"|"remediate"|"stabilize"} Stage */
/** @typedef {{at: string, text: string, number: number, tone: string}} Last */

/** The stages in their order, each with its service. @type {{key: Stage, name: string, service: string, noun: string}[]} */
export const STAGES = [
  { key: "inject", name: "Inject", service: "injector", noun: "fault" },
  { key: "detect", name: "Detect", service: "detector", noun: "anomaly" },
  { key: "correlate", name: "Correlate", service: "correlator", noun: "pattern" },
  { key: "analyze", name: "Analyse", service: "rca", noun: "cause" },
  { key: "remediate", name: "Remediate", service: "remediator", noun: "action" },
  { key: "stabilize", name: "Stabilize", service: "stabilizer", noun: "healthy" },
];
const WINDOW = 60;
const AT_LEAST = 30;

export class Activity {
  constructor() {
    /** @type {Partial<Record<Stage, Last>>} */
    this.last = {};
    this.number = 0;
    this.line = 0;
    /** @type {Map<string, string>} */
    this.known = new Map();
  }

  /** @param {State} state @param {Set<string>} topics */
  observe(state, topics) {
    if (topics.has("logs")) this.#lines(state);
    if (topics.has("incidents")) this.#incidents(state);
    if (topics.has("cycles")) this.#cycle(state);
  }

  /** @param {State} state */
  #lines(state) {
    for (const line of state.lines) {
      if (line.n <= this.line) continue;
      const stage = STAGES.find((one) => one.service === line.service);
      if (stage) this.#note(stage.key, line.timestamp, line.message, line.level);
    }
    this.line = state.lineNumber;
  }

  /** A new or changed cause is an event of rca. @param {State} state */
  #incidents(state) {
    for (const one of state.incidents.values()) {
      const key = one.cause ? `${one.cause.kind} on ${one.cause.node}` : "";
      if (key && this.known.get(one.id) !== key) {
        const sure = Math.round((one.cause?.confidence ?? 0) * 100);
        this.#note("analyze", one.timestamp, `${key.replaceAll("_", " ")}, ${sure} % sure`, "info");
      }
      if (key) this.known.set(one.id, key);
    }
    for (const id of this.known.keys()) if (!state.incidents.has(id)) this.known.delete(id);
  }

  /** The newest cycle reports the state of the network after it. @param {State} state */
  #cycle(state) {
    const newest = state.cycles.get(Math.max(...state.cycles.keys()));
    if (!newest) return;
    const { timestamp, healthy_nodes: healthy, total_nodes: total } = newest.phases.stabilize;
    if (this.last.stabilize && this.last.stabilize.at >= timestamp) return;
    this.#note("stabilize", timestamp, `cycle ${newest.cycle} is over: ${healthy} of ${total} nodes healthy`, "info");
  }

  /** @param {Stage} stage @param {string} at @param {string} text @param {string} tone */
  #note(stage, at, text, tone) {
    this.last[stage] = { at, text, number: ++this.number, tone };
  }
}

/** The events of each stage per minute of network time; null as long as less than half a minute is known. @param {State} state @returns {Record<Stage, number | null>} */
export function rates(state) {
  const cycles = [...state.cycles.values()].sort((a, b) => a.cycle - b.cycle);
  const first = cycles.length ? Date.parse(cycles[0].timestamp) : state.now;
  const known = Math.min(WINDOW, (state.now - first) / 1000);
  const from = state.now - WINDOW * 1000;
  /** @param {{timestamp: string}[]} items */
  const recent = (items) => items.filter((one) => Date.parse(one.timestamp) > from).length;
  /** @param {(cycle: import("../types").CycleBody) => {timestamp: string}[]} of */
  const rate = (of) =>
    known < AT_LEAST ? null : Math.round((cycles.reduce((sum, one) => sum + recent(of(one)), 0) * WINDOW) / known);
  return {
    inject: rate((one) => one.phases.injects),
    detect: rate((one) => one.phases.detect.anomalies),
    correlate: rate((one) => one.phases.correlate.correlations),
    analyze: rate((one) => one.phases.analyze.root_causes),
    remediate: rate((one) => one.phases.remediate.actions),
    stabilize: rate((one) => [one]),
  };
}

/** The outcome of each of the last cycles, oldest first. @param {State} state @param {number} most */
export function cycleOutcomes(state, most) {
  return [...state.cycles.values()]
    .sort((a, b) => a.cycle - b.cycle)
    .slice(-most)
    .map((one) => ({
      cycle: one.cycle,
      outcome: outcome(one),
      text: summary(one),
    }));
}

/** @param {import("../types").CycleBody} cycle @returns {"quiet"|"repaired"|"failed"|"open"} */
function outcome({ phases }) {
  if (!phases.injects.length) return "quiet";
  const results = phases.remediate.actions.map((one) => one.result);
  if (results.includes("success")) return "repaired";
  return results.includes("failed") ? "failed" : "open";
}

/** @param {import("../types").CycleBody} cycle */
function summary({ cycle, phases }) {
  const faults = phases.injects.map((one) => `${one.failure_type.replaceAll("_", " ")} on ${one.node_id}`).join(", ");
  const done = phases.remediate.actions.map((one) => `${one.action.replaceAll("_", " ")}: ${one.result}`).join(", ");
  return faults ? `Cycle ${cycle}: ${faults}; ${done || "no action"}` : `Cycle ${cycle}: no fault`;
}
