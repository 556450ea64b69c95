// The panels beside the map. Each is drawn from the state, and only where it changed.

import { MARKS, byId, clock, el, figure, say, words } from "./dom.js";

const PHASES = [["inject", "Inject"], ["detect", "Detect"], ["correlate", "Correlate"], ["analyze", "Analyse"], ["remediate", "Remediate"], ["stabilize", "Stabilize"]];
const METRICS = ["cpu_usage", "memory_usage", "latency", "packet_loss", "throughput"];
const MOST_ROWS = 300;
const LINES_SHOWN = 100;
const rows = new Map();

/** Status, mode and buttons of the top bar. */
export function drawStatus(status) {
  if (!status) return;
  const running = byId("running");
  running.dataset.state = status.running ? "running" : "stopped";
  say(running, status.running ? "running" : "stopped");
  say(byId("cycle-count"), String(status.cycle_count));
  say(byId("mode"), status.mode);
  say(byId("network-state"), status.network_state ?? "–");
  say(byId("health"), status.health_percentage === null ? "–" : `${status.health_percentage.toFixed(1)} %`);
  say(byId("version"), status.version ? `NMS ${status.version}` : "NMS");
}

/** The loop, phase by phase, as the last cycle went. */
export function drawLoop(cycle) {
  say(byId("loop-cycle"), cycle ? `cycle ${cycle.cycle}, ${clock(cycle.timestamp)}` : "no cycle told yet");
  byId("loop").replaceChildren(...PHASES.map(([key, title]) => phase(title, ...told(key, cycle?.phases))));
}

function phase(title, count, text) {
  return el("li", { "data-on": count === "0" || count === "–" ? "no" : "yes", title: text }, el("span", {}, title), el("b", {}, count), el("span", {}, text || " "));
}

function told(key, phases) {
  if (!phases) return ["–", ""];
  switch (key) {
    case "inject":
      return [String(phases.injects.length), phases.injects.map((one) => `${words(one.failure_type)} on ${one.node_id}`).join(", ") || "nothing struck"];
    case "detect":
      return [String(phases.detect.count), "anomalies"];
    case "correlate":
      return [String(phases.correlate.count), "correlated patterns"];
    case "analyze":
      return [String(phases.analyze.count), phases.analyze.root_causes.map((one) => `${words(one.root_cause)} on ${one.node_id}`).join(", ") || "root causes"];
    case "remediate":
      return [String(phases.remediate.count), phases.remediate.actions.map((one) => `${words(one.action)}: ${one.result}`).join(", ") || "actions"];
    default:
      return [`${phases.stabilize.health_percentage.toFixed(1)} %`, `${phases.stabilize.healthy_nodes} of ${phases.stabilize.total_nodes} healthy`];
  }
}

/** The table of nodes; rows are kept, cells change. What is over its limit is marked. */
export function drawNodes(nodes, limits) {
  const shown = [...nodes.values()].slice(0, MOST_ROWS);
  if (rows.size !== shown.length || shown.some((node) => !rows.has(node.id))) {
    rows.clear();
    byId("nodes").replaceChildren(...shown.map(row));
  }
  for (const node of shown) fill(rows.get(node.id), node, limits);
}

function row(node) {
  const status = el("td", { class: "status" });
  const cells = METRICS.map(() => el("td"));
  const line = el("tr", {}, el("th", { scope: "row" }, node.id), status, ...cells);
  rows.set(node.id, { line, status, cells });
  return line;
}

function fill({ line, status, cells }, node, limits) {
  line.dataset.status = node.status;
  say(status, `${MARKS[node.status]} ${node.status}`);
  METRICS.forEach((metric, i) => {
    say(cells[i], figure(node[metric], metric === "packet_loss" ? 2 : 1));
    cells[i].classList.toggle("over", node[metric] > limits[metric]);
  });
}

/** Counts under the map's title. */
export function drawSummary(summary) {
  if (summary) say(byId("map-summary"), `${summary.total_nodes} nodes: ${summary.healthy} healthy, ${summary.degraded} degraded, ${summary.down} down`);
}

/** Incidents, the open ones first; `onSelect(id)` when one is chosen. */
export function drawIncidents(incidents, stats, onSelect) {
  if (stats) {
    const rate = stats.total_incidents ? `, ${Math.round(stats.auto_resolution_rate * 100)} % by the loop, ${stats.avg_resolution_time.toFixed(1)} s on average` : "";
    say(byId("incident-stats"), `${stats.total_incidents} in all${rate}`);
  }
  const rank = (one) => (one.status === "resolved" ? 1 : 0);
  const list = [...incidents.values()].sort((a, b) => rank(a) - rank(b) || b.timestamp.localeCompare(a.timestamp));
  const focused = document.activeElement?.closest?.("[data-incident]")?.dataset.incident;
  byId("incidents").replaceChildren(...(list.length ? list.map((one) => incident(one, onSelect)) : [el("li", { class: "empty" }, "none")]));
  if (focused) document.querySelector(`[data-incident="${CSS.escape(focused)}"]`)?.focus();
}

function incident(one, onSelect) {
  const cause = one.cause ? `cause: ${words(one.cause.kind)} on ${one.cause.node}, ${Math.round(one.cause.confidence * 100)} %` : "no cause yet";
  const end = one.resolution_seconds === null ? "" : `, ${words(one.resolution)} in ${one.resolution_seconds.toFixed(1)} s`;
  const button = el("button", { type: "button", "data-incident": one.id },
    el("strong", {}, `${words(one.type)} on ${one.node_id}`, el("span", { class: "word" }, one.status)),
    el("em", {}, `${clock(one.timestamp)} · ${one.severity} · ${one.member_count} anomalies${end}`),
    el("em", {}, cause));
  button.addEventListener("click", () => onSelect(one.id));
  return el("li", { "data-state": one.status }, button);
}

/** One incident in full: its causes, and what happened. */
export function drawDetail(detail) {
  const box = byId("detail");
  box.hidden = !detail;
  if (!detail) return;
  const close = el("button", { type: "button", class: "quiet" }, "Close");
  close.addEventListener("click", () => drawDetail(null));
  box.replaceChildren(
    el("h3", {}, `${words(detail.type)} on ${detail.node_id}`),
    el("p", {}, detail.pattern),
    el("h3", {}, "Causes"),
    el("ol", {}, ...detail.causes.map((cause) => el("li", {}, `${Math.round(cause.confidence * 100)} % ${words(cause.kind)} on ${cause.node}: ${cause.evidence.join("; ")}`))),
    el("h3", {}, "What happened"),
    el("ol", {}, ...detail.timeline.map((entry) => el("li", {}, el("time", { datetime: entry.at }, clock(entry.at)), `${words(entry.what)} (${entry.by})`))),
    close);
}

/** The figures of the scorecard. */
export function drawScore(card) {
  if (!card) return;
  const share = (count) => (card.faults ? `${count} (${Math.round((100 * count) / card.faults)} %)` : String(count));
  const p95 = (name) => (card.seconds?.[name]?.p95 == null ? "–" : `${card.seconds[name].p95.toFixed(2)} s`);
  const figures = [
    ["Faults", String(card.faults)], ["Detected", share(card.detected)], ["Right node", share(card.right_node)],
    ["Right kind", share(card.right_kind)], ["Repaired", share(card.repaired)], ["Needless actions", String(card.needless_actions)],
    ["False anomalies", String(card.false_anomalies)], ["Detect p95", p95("detect")], ["Diagnose p95", p95("diagnose")],
    ["Act p95", p95("act")], ["Repair p95", p95("repair")],
  ];
  byId("score").replaceChildren(...figures.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/** The log, the newest line at the bottom and in sight unless the reader scrolled away. */
export function drawLog(lines) {
  const log = byId("log");
  const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.replaceChildren(...lines.slice(-LINES_SHOWN).map((line) =>
    el("li", { "data-level": line.level }, el("time", { datetime: line.timestamp }, clock(line.timestamp)), el("span", { class: "level" }, line.level), el("span", { class: "who" }, line.service), el("span", {}, line.message))));
  if (follows) log.scrollTop = log.scrollHeight;
}
