// Reads the catalogue that the gateway sends: metrics with labels and units, kinds of fault with their targets. No module
// of the page knows a metric or a kind of fault by its name.
//
// Rules: rows are in the order in which they are shown. The role of a metric gives its meaning, independent of its name.

import { quantity } from "./format.js";

/** @typedef {import("../types").CatalogueBody} Catalogue */
/** @typedef {import("../types").MetricEntry} Metric */
/** @typedef {import("../types").ElementKind} Kind */
/** @typedef {NonNullable<import("../types").Role>} Role */

/** The catalogue before the first snapshot. @type {Catalogue} */
export const NOTHING = { metrics: [], faults: [], actions: [], action_states: [] };

/** Metrics by kind of element and role, cached since each painted link needs one. @type {WeakMap<Catalogue, Map<string, Metric>>} */
const byRole = new WeakMap();

/** Roles of metrics that the status of an element sums up. */
const OF_STATE = ["state", "enabled", "changes"];

/** The metrics of a kind of element that are shown as figures. @param {Catalogue} catalogue @param {string} kind */
export const metricsOf = (catalogue, kind) =>
  catalogue.metrics.filter((row) => row.element === kind && !OF_STATE.includes(row.role ?? ""));

/** A metric by its name; that of another kind of element if this kind has none. @param {Catalogue} catalogue @param {string} kind @param {string} name */
export const metricOf = (catalogue, kind, name) =>
  catalogue.metrics.find((row) => row.element === kind && row.name === name) ??
  catalogue.metrics.find((row) => row.name === name);

/** @param {Catalogue} catalogue @param {Kind} kind @param {Role} role */
export function metricIn(catalogue, kind, role) {
  let known = byRole.get(catalogue);
  if (!known) {
    known = new Map();
    for (const row of catalogue.metrics)
      if (row.role && !known.has(`${row.element}|${row.role}`)) known.set(`${row.element}|${row.role}`, row);
    byRole.set(catalogue, known);
  }
  return known.get(`${kind}|${role}`);
}

/** The newest value of a metric, from its own field or from `metrics`. @param {object | undefined} thing @param {string | undefined} name @returns {number | null | undefined} */
export function valueOf(thing, name) {
  const fields = /** @type {Record<string, any> | undefined} */ (thing);
  if (!fields || name === undefined) return undefined;
  return fields.metrics && name in fields.metrics ? fields.metrics[name] : fields[name];
}

/** Decimals that are shown: one fewer than sampled. @param {Metric} metric */
export const digitsOf = (metric) => Math.max(0, metric.digits - 1);

/** @param {Metric | undefined} metric @param {number | null | undefined} value */
export const measure = (metric, value) => quantity(value, metric?.unit ?? "", metric && digitsOf(metric));

/** @param {Metric} metric */
export const headOf = ({ label, unit }) => (unit ? `${label}, ${unit}` : label);

/** The plain threshold of a metric: the setting, or the catalogue's; null if it has none or none is known. @param {Metric} metric @param {import("../types").Desired | null} config @returns {number | null} */
export function limitOf({ threshold, limit }, config) {
  const settings = /** @type {Record<string, number> | undefined} */ (/** @type {unknown} */ (config?.thresholds));
  return (threshold && settings?.[threshold]) || limit;
}

/** The plain thresholds by their settings, each with the first metric that uses it. @param {Catalogue} catalogue */
export function limitsOf(catalogue) {
  /** @type {Map<string, Metric>} */
  const limits = new Map();
  for (const row of catalogue.metrics) if (row.threshold && !limits.has(row.threshold)) limits.set(row.threshold, row);
  return limits;
}

/** @param {Catalogue} catalogue @param {string} fault @returns {Kind[]} */
export const targetKindsOf = (catalogue, fault) => catalogue.faults.find((row) => row.kind === fault)?.targets ?? [];

/** A kind of fault for a kind of element; preferably one that targets no other kind. @param {Catalogue} catalogue @param {string} kind */
export function faultAt(catalogue, kind) {
  const fits = catalogue.faults.filter((row) => row.targets.some((one) => one === kind));
  return (fits.find((row) => row.targets.length === 1) ?? fits[0])?.kind;
}
