// The look of each node and link on the map: pure. A look has all that the painter needs, and a key that changes with it.

import { measure, metricIn, valueOf } from "../core/catalogue.js";
import { plain, rate } from "../core/format.js";

/** @typedef {import("../core/catalogue.js").Catalogue} Catalogue */
/** @typedef {import("./place.js").Placement} Placement */
/** @typedef {{id: string, type: string, status: string, label: string, x: number, y: number, role: string, faint: boolean, key: string}} NodeLook */
/** @typedef {{id: string, x1: number, y1: number, x2: number, y2: number, bow: number, width: number, heat: number, down: boolean, role: string, faint: boolean, key: string}} LinkLook */
/** @typedef {{focus: import("../core/derive.js").Focus | null, causes: Set<string>, shown: Set<string> | null, selected: string}} Attention */

/** The least utilisation in percent of each level of heat. */
export const HEAT = [0, 40, 70, 90];
export const HEAT_LABELS = ["to 40 %", "to 70 %", "to 90 %", "full"];

/** @param {number | null | undefined} percent utilisation */
export function heatOf(percent) {
  const used = percent ?? 0;
  return used < HEAT[1] ? 0 : used < HEAT[2] ? 1 : used < HEAT[3] ? 2 : 3;
}

/** A link's width on the plan; it grows with the logarithm of the capacity. @param {number} mbits */
export const widthOf = (mbits) => Math.max(1.2, Math.min(5, 1.2 + 1.1 * Math.log10(Math.max(mbits, 100) / 100)));

/** @param {import("../types").NodeBody} node @param {Placement} placement @param {Attention} attention @returns {NodeLook | null} */
export function nodeLook(node, placement, attention) {
  const place = placement.places.get(node.id);
  if (!place) return null;
  const role = roleOf(node.id, attention);
  const faint = isFaint(node.id, role, attention);
  return {
    id: node.id,
    type: node.type,
    status: node.status,
    label: plain(node.id),
    x: place.x,
    y: place.y,
    role,
    faint,
    key: `${node.status}|${role}|${faint}`,
  };
}

/** @param {import("../types").LinkBody} link @param {number | null | undefined} used @param {Placement} placement @param {Attention} attention @returns {LinkLook | null} */
export function linkLook(link, used, placement, attention) {
  const from = placement.places.get(link.source);
  const to = placement.places.get(link.target);
  if (!from || !to) return null;
  const role = roleOf(link.id, attention);
  const faint = isFaint(link.id, role, attention) && !isBetween(link, attention);
  const [heat, down] = [heatOf(used), link.status === "down"];
  const level = Math.abs(from.y - to.y) < 1 && placement.labelled;
  // A link within a row is bent, so that it crosses no third node and no name.
  const bow = level ? Math.min(60, Math.abs(from.x - to.x) * 0.16) * (from.y <= 0 ? -0.5 : 1) : 0;
  return {
    id: link.id,
    x1: from.x,
    y1: from.y,
    x2: to.x,
    y2: to.y,
    bow,
    width: widthOf(link.capacity),
    heat,
    down,
    role,
    faint,
    key: `${heat}|${down}|${role}|${faint}`,
  };
}

/** Whether a node's look is unchanged, given the same attention. @param {import("../types").NodeBody} node @param {NodeLook | undefined} look */
export const sameNode = (node, look) => look !== undefined && look.status === node.status;

/** Whether a link's look is unchanged, given the same attention. @param {import("../types").LinkBody} link @param {number | null | undefined} used @param {LinkLook | undefined} look */
export const sameLink = (link, used, look) =>
  look !== undefined && look.heat === heatOf(used) && look.down === (link.status === "down");

/** The role of an element in the shown incident, or its selection. @param {string} id @param {Attention} attention */
function roleOf(id, { focus, causes, selected }) {
  if (focus?.cause.has(id)) return "cause";
  if (id === selected) return "selected";
  if (focus?.evidence.has(id)) return "evidence";
  if (focus?.affected.has(id)) return "affected";
  return !focus && causes.has(id) ? "cause" : "";
}

/** @param {string} id @param {string} role @param {Attention} attention */
const isFaint = (id, role, { focus, shown }) => (focus ? !role : false) || (shown ? !shown.has(id) : false);

/** Whether a link connects two elements of the shown incident. @param {{source: string, target: string}} link @param {Attention} attention */
function isBetween(link, { focus, shown }) {
  if (!focus || shown) return false;
  const of = (/** @type {string} */ id) => focus.cause.has(id) || focus.evidence.has(id) || focus.affected.has(id);
  return of(link.source) && of(link.target);
}

/** @param {import("../types").NodeBody} node @param {Catalogue} catalogue */
export const nodeSentence = (node, catalogue) =>
  node.status === "down"
    ? `${node.id}, ${node.type}, down`
    : [node.id, node.type, node.status, ...figures(node, catalogue, "node", ["work", "delay", "loss"])].join(", ");

/** @param {import("../types").LinkBody} link @param {Catalogue} catalogue */
export function linkSentence(link, catalogue) {
  const load = metricIn(catalogue, "link", "load");
  const used = `${measure(load, valueOf(link, load?.name))} of ${rate(link.capacity)}`;
  return [link.id, link.status, used, ...figures(link, catalogue, "link", ["delay", "loss"])].join(", ");
}

/** @param {object} thing @param {Catalogue} catalogue @param {import("../core/catalogue.js").Kind} kind @param {import("../core/catalogue.js").Role[]} roles */
const figures = (thing, catalogue, kind, roles) =>
  roles
    .map((role) => metricIn(catalogue, kind, role))
    .filter((row) => row !== undefined)
    .map((row) => `${row.label} ${measure(row, valueOf(thing, row.name))}`);

/** The nearest link within reach of a point, or "". @param {Iterable<LinkLook>} links @param {{x: number, y: number}} point @param {number} reach */
export function linkAt(links, point, reach) {
  let [best, least] = ["", reach];
  for (const link of links) {
    const far = distance(link, point);
    if (far < least) [least, best] = [far, link.id];
  }
  return best;
}

/** @param {LinkLook} link @param {{x: number, y: number}} point */
function distance({ x1, y1, x2, y2, bow }, { x, y }) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x1 - along * dx, y - y1 - along * dy + (bow * 4 * along * (1 - along)) / 2);
}
