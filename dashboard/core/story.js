// The story of an incident in five chapters: what broke, what was seen, why this cause, what was done, how it was verified.

import { measure, metricOf } from "./catalogue.js";
import { viewOf } from "./derive.js";
import { figure, percent, span, readable } from "./format.js";

/** @typedef {import("../types").IncidentDetail} Detail */
/** @typedef {{at: string | null, text: string, more?: string, tone?: string, element?: string}} Point */
/** @typedef {{key: string, title: string, points: Point[]}} Chapter */

const ACTION_TONE = /** @type {Record<string, string>} */ ({
  verified: "good",
  failed: "bad",
  rejected: "warn",
  reverted: "warn",
  blocked: "warn",
});
const VERDICTS = /^(stable|relapsed|oscillating):/;
const SHOWN_MEMBERS = 12;

/** @param {Detail} detail @param {import("./catalogue.js").Catalogue} catalogue @returns {Chapter[]} */
export function story(detail, catalogue) {
  return [
    { key: "broke", title: "What broke", points: broke(detail) },
    { key: "seen", title: "What was seen", points: seen(detail, catalogue) },
    { key: "why", title: "Why this cause", points: why(detail) },
    { key: "done", title: "What was done", points: done(detail) },
    { key: "verified", title: "How it was verified", points: verified(detail) },
  ].filter((chapter) => chapter.points.length);
}

/** Seconds from the begin of an incident to a time. @param {Detail} detail @param {string | null} at */
export function after(detail, at) {
  const begun = Math.min(Date.parse(detail.timestamp), ...detail.members.map((one) => Date.parse(one.since)));
  return at ? (Date.parse(at) - begun) / 1000 : null;
}

/** @param {Detail} detail @returns {Point[]} */
function broke(detail) {
  const first = [...detail.members].sort((a, b) => a.since.localeCompare(b.since))[0];
  const element = detail.cause?.node ?? detail.node_id;
  const text = detail.cause
    ? `${readable(detail.cause.kind)} on ${element}`
    : `not known yet; first seen on ${first?.node ?? element}`;
  return [
    {
      at: first?.since ?? detail.timestamp,
      text,
      element,
      more: `${readable(detail.pattern)}, ${detail.member_count} ${detail.member_count === 1 ? "anomaly" : "anomalies"}`,
      tone: "bad",
    },
  ];
}

/** @param {Detail} detail @param {import("./catalogue.js").Catalogue} catalogue @returns {Point[]} */
function seen(detail, catalogue) {
  const members = [...detail.members].sort((a, b) => a.at.localeCompare(b.at));
  const points = members.slice(0, SHOWN_MEMBERS).map((one) => ({
    at: one.at,
    element: one.node,
    text: symptom(one, catalogue),
    more: one.cleared ? one.why : `still out of line; ${one.why}`,
    tone: one.cleared ? "" : "warn",
  }));
  const more = detail.member_count - points.length;
  return more > 0 ? [...points, { at: null, text: `and ${more} more` }] : points;
}

/** @param {import("../types").MemberBody} member @param {import("./catalogue.js").Catalogue} catalogue */
function symptom(member, catalogue) {
  const metric = metricOf(catalogue, viewOf(member.node), member.metric);
  if (metric?.says_off) return `${member.node} ${metric.says_off}`;
  const name = metric?.label ?? readable(member.metric);
  return `${member.node}: ${name} ${measure(metric, member.value)}, limit ${measure(metric, member.threshold)}`;
}

/** @param {Detail} detail @returns {Point[]} */
function why(detail) {
  const diagnosed = lastOf(detail, (entry) => entry.by === "rca");
  return detail.causes.flatMap((cause, place) => {
    const sure = place === 0 ? (detail.cause?.confidence ?? cause.confidence) : cause.confidence;
    const name = `${readable(cause.kind)} on ${cause.node}, ${percent(sure)} sure`;
    if (place > 0) return [{ at: null, text: `less likely: ${name}`, element: cause.node }];
    return [
      { at: diagnosed, text: name, element: cause.node, tone: "accent" },
      ...cause.evidence.map((text) => ({ at: null, text: readable(text) })),
    ];
  });
}

/** @param {Detail} detail @param {(entry: Detail["timeline"][number]) => boolean} fits */
const lastOf = (detail, fits) => detail.timeline.filter(fits).at(-1)?.at ?? null;

/** @param {Detail} detail @returns {Point[]} */
function done(detail) {
  const points = /** @type {Point[]} */ ([]);
  for (const one of detail.actions) {
    const took =
      one.applied && one.started ? `, took ${span((Date.parse(one.applied) - Date.parse(one.started)) / 1000)}` : "";
    const by = one.by === "loop" ? "by the loop" : `by ${one.by}`;
    points.push({
      at: one.applied ?? one.started ?? one.proposed,
      element: one.target,
      text: `${readable(one.action)} on ${one.target}: ${one.state}`,
      more: `attempt ${one.attempt}, ${by}${took}${one.reason ? `; ${one.reason}` : ""}`,
      tone: ACTION_TONE[one.state] ?? "",
    });
  }
  const escalated = lastOf(detail, (entry) => entry.what.startsWith("escalated"));
  if (detail.escalation) points.push({ at: escalated, text: `needs a person: ${detail.escalation}`, tone: "bad" });
  return points;
}

/** @param {Detail} detail @returns {Point[]} */
function verified(detail) {
  const cleared = detail.members.filter((one) => one.cleared);
  const last =
    cleared
      .map((one) => /** @type {string} */ (one.cleared))
      .sort()
      .at(-1) ?? null;
  const points = /** @type {Point[]} */ ([]);
  if (last)
    points.push({
      at: last,
      text: `${cleared.length} of ${detail.member_count} back to normal`,
      more: "by telemetry taken since",
      tone: cleared.length === detail.member_count ? "good" : "",
    });
  for (const action of detail.actions)
    if (action.state === "verified")
      points.push({ at: action.finished, text: `${readable(action.action)} verified`, more: action.reason, tone: "good" });
  if (detail.resolution_time)
    points.push({
      at: detail.resolution_time,
      text: readable(detail.resolution),
      more: `open for ${figure(detail.resolution_seconds, 1)} s`,
      tone: "good",
    });
  for (const entry of detail.timeline)
    if (VERDICTS.test(entry.what))
      points.push({ at: entry.at, text: readable(entry.what), tone: entry.what.startsWith("stable") ? "good" : "bad" });
  return points;
}
