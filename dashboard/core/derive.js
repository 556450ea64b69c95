// Derives from the state: the overall status, the order of incidents, the elements that an incident concerns.

import { valueOf } from "./catalogue.js";

/** @typedef {import("./store.js").State} State */
/** @typedef {import("../types").IncidentBody} IncidentBody */
/** @typedef {import("../types").IncidentDetail} IncidentDetail */
/** @typedef {{cause: Set<string>, evidence: Set<string>, affected: Set<string>}} Focus */

/** @param {{status: string}} incident */
export const isOpen = (incident) => incident.status !== "resolved";

/** Incidents in the order of display: open ones first, by severity, then the newest. @param {Iterable<IncidentBody>} incidents */
export function ranked(incidents) {
  return [...incidents].sort((a, b) => rank(b) - rank(a) || b.timestamp.localeCompare(a.timestamp));
}

/** @param {IncidentBody} one */
const rank = (one) => (one.status === "escalated" ? 4 : isOpen(one) ? (one.severity === "critical" ? 3 : 2) : 0);

/** The number of open incidents by the gateway's counts. @param {import("../types").Stats | null} stats */
export const openCount = (stats) =>
  stats ? stats.total_incidents - stats.auto_resolved - stats.manual_intervention - stats.self_cleared : 0;

/** The status of the whole network: a short label, and the counts behind it. @param {State} state @returns {{tone: "unknown"|"good"|"warn"|"bad", label: string, more: string}} */
export function overallStatus(state) {
  const { summary, stats, status } = state;
  if (!summary || !status) return { tone: "unknown", label: "Unknown", more: "no figures yet" };
  const open = openCount(stats);
  if (!summary.total_nodes) return { tone: "unknown", label: "No nodes", more: "the network is empty" };
  const overall = (/** @type {"good" | "warn" | "bad"} */ tone, /** @type {string} */ label) => ({
    tone,
    label,
    more: statusCounts(summary, label),
  });
  if (summary.down) return overall("bad", `${summary.down} down`);
  if (open) return overall("warn", open === 1 ? "1 incident" : `${open} incidents`);
  if (summary.degraded) return overall("warn", `${summary.degraded} degraded`);
  if (summary.affected) return overall("warn", `${summary.affected} affected`);
  return overall("good", "All well");
}

/** @param {{label: string, more: string}} overall */
export const sentence = ({ label, more }) => `${label}${more.startsWith("of ") ? "" : ":"} ${more}`;

/** The counts of nodes that are down, degraded and affected. Leaves out `before`, the label that is shown in front. @param {import("../types").Summary} summary @param {string} before */
function statusCounts({ total_nodes: total, down, degraded, affected }, before) {
  const counts = Object.entries({ down, degraded, affected }).filter(([, count]) => count);
  if (!counts.length) return `all ${total} nodes healthy`;
  const others = counts.map(([status, count]) => `${count} ${status}`).filter((count) => count !== before);
  return `${others.join(", ")} of ${total} nodes`.trimStart();
}

/** @param {Iterable<IncidentBody>} incidents */
export const causes = (incidents) =>
  new Set([...incidents].filter(isOpen).map((one) => one.cause?.node ?? one.node_id));

/** The elements that an incident concerns: its cause, those that the evidence names, others that are affected. @param {IncidentDetail} detail @returns {Focus} */
export function focusOf(detail) {
  const cause = new Set([detail.cause?.node ?? detail.node_id]);
  const evidenceText = (detail.causes[0]?.evidence ?? []).join(" ");
  const names = new Set([...cause, ...detail.members.map((member) => member.node)]);
  const evidence = new Set();
  const affected = new Set();
  for (const member of detail.members) {
    if (cause.has(member.node)) continue;
    (mentions(evidenceText, member.node, names) ? evidence : affected).add(member.node);
  }
  for (const element of [...cause, ...evidence])
    for (const end of ends(element)) if (!cause.has(end)) affected.add(end);
  for (const one of evidence) affected.delete(one);
  return { cause, evidence, affected };
}

/** The two ends of a link, nothing for a node. @param {string} element */
export const ends = (element) => (element.includes("--") ? element.split("--") : []);

/** @param {string} element */
export const isLink = (element) => element.includes("--");

/** @param {string} element */
export const viewOf = (element) => (isLink(element) ? "link" : "node");

/** The kind of an element; of an unknown one, the kind that its name suggests. @param {State} state @param {string} id @returns {import("../types").ElementKind} */
export function kindOf(state, id) {
  if (state.nodes.has(id)) return "node";
  return state.links.has(id) ? "link" : (state.elements.get(id)?.kind ?? viewOf(id));
}

/** @param {State} state @param {string} id */
export const elementOf = (state, id) => state.nodes.get(id) ?? state.links.get(id) ?? state.elements.get(id);

/** The current value of a metric; null for a node that is down, whose last values are old. @param {object | undefined} element @param {string} metric @returns {number | null | undefined} */
export function nowOf(element, metric) {
  const known = /** @type {Record<string, any> | undefined} */ (element);
  return known && "connections" in known && known.status === "down" ? null : valueOf(known, metric);
}

/** Whether a text names an element itself, and not another one whose name contains its name. @param {string} text @param {string} name @param {Iterable<string>} names all that the text may name */
function mentions(text, name, names) {
  const longer = [...names].filter((other) => other !== name && other.includes(name));
  const rest = longer.sort((a, b) => b.length - a.length).reduce((left, other) => left.replaceAll(other, "\0"), text);
  for (let at = rest.indexOf(name); at >= 0; at = rest.indexOf(name, at + 1))
    if (/(^|\s)$/.test(rest.slice(0, at)) && /^[,.;:]?(\s|$)/.test(rest.slice(at + name.length))) return true;
  return false;
}
