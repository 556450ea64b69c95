// Figures that follow from the state: how the whole is, which incidents come first, whom an incident concerns.

import { valueOf } from "./catalogue.js";

/** @typedef {import("./store.js").State} State */
/** @typedef {import("../types").IncidentBody} IncidentBody */
/** @typedef {import("../types").IncidentDetail} IncidentDetail */
/** @typedef {{cause: Set<string>, evidence: Set<string>, affected: Set<string>}} Focus */

/** @param {{status: string}} incident */
export const isOpen = (incident) => incident.status !== "resolved";

/** Incidents as an operator wants them: open ones first, the worst first, then the newest. @param {Iterable<IncidentBody>} incidents */
export function ranked(incidents) {
  return [...incidents].sort((a, b) => rank(b) - rank(a) || b.timestamp.localeCompare(a.timestamp));
}

/** @param {IncidentBody} one */
const rank = (one) => (one.status === "escalated" ? 4 : isOpen(one) ? (one.severity === "critical" ? 3 : 2) : 0);

/** How many incidents are open, by the gateway's own counts. @param {import("../types").Stats | null} stats */
export const openCount = (stats) =>
  stats ? stats.total_incidents - stats.auto_resolved - stats.manual_intervention - stats.self_cleared : 0;

/** How the whole network is, in a word, and the figures that follow it. @param {State} state @returns {{tone: "unknown"|"good"|"warn"|"bad", word: string, more: string}} */
export function verdict(state) {
  const { summary, stats, status } = state;
  if (!summary || !status) return { tone: "unknown", word: "Unknown", more: "no figures yet" };
  const open = openCount(stats);
  if (!summary.total_nodes) return { tone: "unknown", word: "No nodes", more: "the network is empty" };
  const whole = (/** @type {"good" | "warn" | "bad"} */ tone, /** @type {string} */ word) => ({
    tone,
    word,
    more: standing(summary, word),
  });
  if (summary.down) return whole("bad", `${summary.down} down`);
  if (open) return whole("warn", open === 1 ? "1 incident" : `${open} incidents`);
  if (summary.degraded) return whole("warn", `${summary.degraded} degraded`);
  if (summary.affected) return whole("warn", `${summary.affected} affected`);
  return whole("good", "All well");
}

/** A verdict in one sentence. @param {{word: string, more: string}} whole */
export const sentence = ({ word, more }) => `${word}${more.startsWith("of ") ? "" : ":"} ${more}`;

/** How many nodes are down, degraded and affected, of how many. Leaves out `before`, the words that stand in front of it. @param {import("../types").Summary} summary @param {string} before */
function standing({ total_nodes: total, down, degraded, affected }, before) {
  const counts = Object.entries({ down, degraded, affected }).filter(([, count]) => count);
  if (!counts.length) return `all ${total} nodes healthy`;
  const others = counts.map(([status, count]) => `${count} ${status}`).filter((count) => count !== before);
  return `${others.join(", ")} of ${total} nodes`.trimStart();
}

/** What open incidents are put down to. @param {Iterable<IncidentBody>} incidents */
export const causes = (incidents) =>
  new Set([...incidents].filter(isOpen).map((one) => one.cause?.node ?? one.node_id));

/** Whom an incident concerns: its cause, where the evidence was seen, who else is affected. @param {IncidentDetail} detail @returns {Focus} */
export function focusOf(detail) {
  const cause = new Set([detail.cause?.node ?? detail.node_id]);
  const told = (detail.causes[0]?.evidence ?? []).join(" ");
  const names = new Set([...cause, ...detail.members.map((member) => member.node)]);
  const evidence = new Set();
  const affected = new Set();
  for (const member of detail.members) {
    if (cause.has(member.node)) continue;
    (mentions(told, member.node, names) ? evidence : affected).add(member.node);
  }
  for (const element of [...cause, ...evidence])
    for (const end of ends(element)) if (!cause.has(end)) affected.add(end);
  for (const one of evidence) affected.delete(one);
  return { cause, evidence, affected };
}

/** The two ends of a link, nothing for a node. @param {string} element */
export const ends = (element) => (element.includes("--") ? element.split("--") : []);

/** Say whether an element is a link. @param {string} element */
export const isLink = (element) => element.includes("--");

/** The address of an element's own page. @param {string} element */
export const viewOf = (element) => (isLink(element) ? "link" : "node");

/** The kind of an element that is known, or what its name says. @param {State} state @param {string} id @returns {import("../types").ElementKind} */
export function kindOf(state, id) {
  if (state.nodes.has(id)) return "node";
  return state.links.has(id) ? "link" : (state.elements.get(id)?.kind ?? viewOf(id));
}

/** An element as it is now, whatever its kind. @param {State} state @param {string} id */
export const elementOf = (state, id) => state.nodes.get(id) ?? state.links.get(id) ?? state.elements.get(id);

/** A metric of an element as it is now; nothing of a node that is down, whose last values are old. @param {object | undefined} element @param {string} metric @returns {number | null | undefined} */
export function nowOf(element, metric) {
  const known = /** @type {Record<string, any> | undefined} */ (element);
  return known && "connections" in known && known.status === "down" ? null : valueOf(known, metric);
}

/** Whether a text names an element, and not another whose name it is a part of. @param {string} text @param {string} name @param {Iterable<string>} names all that the text may name */
function mentions(text, name, names) {
  const longer = [...names].filter((other) => other !== name && other.includes(name));
  const rest = longer.sort((a, b) => b.length - a.length).reduce((left, other) => left.replaceAll(other, "\0"), text);
  for (let at = rest.indexOf(name); at >= 0; at = rest.indexOf(name, at + 1))
    if (/(^|\s)$/.test(rest.slice(0, at)) && /^[,.;:]?(\s|$)/.test(rest.slice(at + name.length))) return true;
  return false;
}
