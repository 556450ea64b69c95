// What there is in the domain, by the catalogue that the gateway sends: metrics with labels and units, kinds of fault
// and what they strike. No other module knows a metric or a kind of fault by its name.
//
// Rules: rows stand in the order in which they are shown. A role says what a metric stands for, whatever it is called.

import { quantity } from "./format.js";

/** @typedef {import("../types").CatalogueBody} Catalogue */
/** @typedef {import("../types").MetricEntry} Metric */
/** @typedef {import("../types").ElementKind} Kind */
/** @typedef {NonNullable<import("../types").Role>} Role */

/** The catalogue until the gateway has sent its own. @type {Catalogue} */
export const NOTHING = { metrics: [], faults: [], actions: [], action_states: [] };

/** Metrics by kind of element and role: asked for with every link that is painted. @type {WeakMap<Catalogue, Map<string, Metric>>} */
const byRole = new WeakMap();

/** The metrics of a kind of element that are shown as figures: its state is its status already. @param {Catalogue} catalogue @param {string} kind */
export const metricsOf = (catalogue, kind) =>
  catalogue.metrics.filter((row) => row.element === kind && row.role !== "state");

/** A metric by its name; of another kind of element where that of the element is not known. @param {Catalogue} catalogue @param {string} kind @param {string} name */
export const metricOf = (catalogue, kind, name) =>
  catalogue.metrics.find((row) => row.element === kind && row.name === name) ??
  catalogue.metrics.find((row) => row.name === name);

/** The metric that plays a role at a kind of element. @param {Catalogue} catalogue @param {Kind} kind @param {Role} role */
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

/** The newest value of a metric: it has a field of its own, or stands among the further ones. @param {object | undefined} thing @param {string | undefined} name @returns {number | null | undefined} */
export function valueOf(thing, name) {
  const fields = /** @type {Record<string, any> | undefined} */ (thing);
  if (!fields || name === undefined) return undefined;
  return fields.metrics && name in fields.metrics ? fields.metrics[name] : fields[name];
}

/** Decimals that are shown: one fewer than are sampled. @param {Metric} metric */
export const digitsOf = (metric) => Math.max(0, metric.digits - 1);

/** A metric's value with its unit. @param {Metric | undefined} metric @param {number | null | undefined} value */
export const measure = (metric, value) => quantity(value, metric?.unit ?? "", metric && digitsOf(metric));

/** A metric's label with its unit, as the head of a column. @param {Metric} metric */
export const headOf = ({ label, unit }) => (unit ? `${label}, ${unit}` : label);

/** The plain limit of a metric: a setting, or its own; null where it has none, or none is known. @param {Metric} metric @param {import("../types").Desired | null} config @returns {number | null} */
export function limitOf({ threshold, limit }, config) {
  const settings = /** @type {Record<string, number> | undefined} */ (/** @type {unknown} */ (config?.thresholds));
  return (threshold && settings?.[threshold]) || limit;
}

/** The plain limits, each once, with the metric that is the first to have it. @param {Catalogue} catalogue */
export function limitsOf(catalogue) {
  /** @type {Map<string, Metric>} */
  const limits = new Map();
  for (const row of catalogue.metrics) if (row.threshold && !limits.has(row.threshold)) limits.set(row.threshold, row);
  return limits;
}

/** What a kind of fault can strike. @param {Catalogue} catalogue @param {string} fault @returns {Kind[]} */
export const strikesOf = (catalogue, fault) => catalogue.faults.find((row) => row.kind === fault)?.strikes ?? [];

/** The first kind of fault that strikes a kind of element, and nothing else where there is such a one. @param {Catalogue} catalogue @param {string} kind */
export function faultAt(catalogue, kind) {
  const fits = catalogue.faults.filter((row) => row.strikes.some((one) => one === kind));
  return (fits.find((row) => row.strikes.length === 1) ?? fits[0])?.kind;
}
