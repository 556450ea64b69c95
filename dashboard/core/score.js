// The rows of the scorecard: each figure with its target, and whether it is met.

import { figure, percent } from "./format.js";

/** @typedef {import("../types").ScorecardReport} Report */
/** @typedef {{key: string, name: string, value: string, more: string, target: string, met: boolean | null, share: number | null}} Row */

/** Targets: the least share of all faults. */
const SHARES = /** @type {const} */ ([
  ["detected", "Detected", 1],
  ["right_node", "Right place", 0.97],
  ["right_kind", "Right cause", 0.95],
  ["repaired", "Repaired", 0.99],
]);
/** Targets: seconds, for the 95th percentile. */
const SECONDS = /** @type {const} */ ([
  ["detect", "Time to detect", 1],
  ["diagnose", "Time to diagnose", 0.5],
  ["act", "Time to act", 2],
  ["repair", "Time to repair", 4],
]);
const NEEDLESS = 0.01;

/** @param {Report | null} report @param {import("../types").Stats | null} stats @returns {Row[]} */
export function rows(report, stats) {
  if (!report) return [];
  return [...shares(report), ...seconds(report), ...works(report, stats)];
}

/** @param {import("../types").Counts} report @returns {Row[]} */
export function shares(report) {
  return SHARES.map(([key, name, least]) => {
    const share = report.faults ? report[key] / report.faults : null;
    const target = least === 1 ? "100 %" : `≥ ${percent(least)}`;
    const short = share !== null && share < least;
    const mayCome = report[key] + report.pending >= least * report.faults;
    return {
      key,
      name,
      value: exact(share),
      more: `${report[key]} of ${report.faults}${report.pending ? `, ${report.pending} under way` : ""}`,
      target,
      met: share === null || (short && mayCome) ? null : !short,
      share,
    };
  });
}

/** @param {import("../types").Counts} report @returns {Row[]} */
export function seconds(report) {
  return SECONDS.map(([key, name, most]) => {
    const { p50, p95, max } = report.seconds[key];
    const value = p95 === null ? "–" : `${figure(p95, 2)} s`;
    const more = p95 === null ? "none timed" : `half within ${figure(p50, 2)} s, longest ${figure(max, 2)} s`;
    return {
      key,
      name,
      value,
      more,
      target: `< ${most} s`,
      met: p95 === null ? null : p95 < most,
      share: p95 === null ? null : p95 / most,
    };
  });
}

/** @param {Report} report @param {import("../types").Stats | null} stats @returns {Row[]} */
function works(report, stats) {
  const needless = report.faults ? report.needless_actions / report.faults : null;
  const closed = stats ? stats.auto_resolved + stats.manual_intervention + stats.self_cleared : 0;
  return [
    {
      key: "needless",
      name: "Needless actions",
      value: String(report.needless_actions),
      more: `of ${report.actions} actions; ${report.missed_actions} were wrong at the right place`,
      target: "≤ 1 %",
      met: needless === null ? null : needless <= NEEDLESS,
      share: needless,
    },
    {
      key: "auto",
      name: "Resolved by the loop",
      value: closed ? exact(stats?.auto_resolution_rate ?? null) : "–",
      more: closed ? `${stats?.auto_resolved} of ${closed} closed incidents` : "none closed yet",
      target: "",
      met: null,
      share: stats?.auto_resolution_rate ?? null,
    },
    {
      key: "false",
      name: "False anomalies",
      value: String(report.false_anomalies),
      more: "raised while no fault was live",
      target: "",
      met: null,
      share: null,
    },
  ];
}

/** A share in percent, with one decimal between 90 and 100 %, so that rounding hides no miss. @param {number | null} share */
function exact(share) {
  if (share === null) return "–";
  return share > 0.9 && share < 1 ? `${(Math.floor(share * 1000) / 10).toFixed(1)} %` : percent(share);
}
