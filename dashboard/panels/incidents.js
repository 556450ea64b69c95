// Incidents: the recent ones beside the map, open ones first; and the view of all incidents, the newest first.

import { address, board, touch } from "../board.js";
import { api } from "../gateway.js";
import { ago, clock, count, figure, percent, title, readable, short } from "../core/format.js";
import { isOpen, openCount, ranked, viewOf } from "../core/derive.js";
import { only } from "../core/filter.js";
import { badge, emptyState, failure, head, html, icon, loading, mark, nothing } from "../ui.js";
import { repeat } from "../vendor/lit/directives/repeat.js";

/** @typedef {import("../types").IncidentBody} IncidentBody */

const PAGE = 50;
const MOST = 500;
const SETTLE = 1000;
const LONGEST_NAME = 44;
/** The elements that the line about observations names; the others are counted. */
const NAMED = 3;

/** The panel beside the map. */
export function recentIncidents() {
  const { state, filter } = board;
  const open = openCount(state.stats);
  const more = state.stats ? `${count(open, "open", "open")}, ${figure(state.stats.total_incidents, 0)} in all` : "";
  const top = head(
    "side-title",
    "Incidents",
    more,
    html`<a class="button quiet small" href=${address("incidents")}>All</a>`,
  );
  if (!state.known) return html`${top}${loading("Waiting for the gateway")}`;
  const shown = ranked(only(filter, state.incidents.values()));
  const waits = state.approvals.length + state.moreApprovals;
  return html`${top}
  ${waits ? html`<p class="notice">${icon("person", "accent")}<span>${count(waits, "action")} ${waits === 1 ? "waits" : "wait"} for your approval</span></p>` : nothing}
  ${shown.length ? list(shown) : emptyState(filter.terms.length ? "No incident fits the filter" : "No incident yet: all is quiet")}
  ${observed()}`;
}

/** A quiet line: which elements are busier than their past explains, although nobody is harmed. */
function observed() {
  const { observations, moreObservations } = board.state;
  const many = observations.length + moreObservations;
  const names = [...new Set(observations.map((one) => one.node).reverse())];
  if (!many) return nothing;
  const further = Math.max(0, names.length - NAMED) + moreObservations;
  const links = names.slice(0, NAMED).map(
    (name, i) => html`${i ? ", " : ""}<a href=${address(viewOf(name), name)}>${short(name, LONGEST_NAME)}</a>`,
  );
  return html`<p class="observed" id="observed">
    ${icon("detect")}<span><b>${count(many, "observation")}</b> (busy, nobody harmed): ${links}${further > 0 ? ` and ${further} more` : ""}</span>
  </p>`;
}

/** @param {IncidentBody[]} incidents */
const list = (incidents) =>
  html`<ul class="incidents" role="list" tabindex="0" aria-label="Incidents, open ones first">
    ${repeat(
      incidents,
      (one) => one.id,
      (one) => html`<li>${card(one)}</li>`,
    )}
  </ul>`;

/** @param {IncidentBody} one */
function card(one) {
  const waits = board.state.approvals.some((approval) => approval.incident === one.id);
  return html`<a
    class="incident ${one.status} ${one.severity}"
    href=${address("incident", one.id)}
    aria-current=${board.route.id === one.id ? "true" : nothing}
  >
    <span class="lead">${mark(isOpen(one) ? one.severity : "resolved")}</span>
    <span class="what"
      ><strong>${title(one.cause?.kind ?? one.type)}</strong>
      <span class="where">${short(one.cause?.node ?? one.node_id, LONGEST_NAME)}</span></span
    >
    <time datetime=${one.timestamp} title=${clock(one.timestamp, board.state.now)}
      >${isOpen(one) ? ago(one.timestamp, board.state.now) : clock(one.timestamp, board.state.now)}</time
    >
    <span class="more">${outcome(one)}${waits ? html` <em>${icon("person", "accent")}approval</em>` : nothing}</span></a
  >`;
}

/** @param {IncidentBody} one */
function outcome(one) {
  const sure = one.cause ? `, ${percent(one.cause.confidence)} sure` : ", cause not known yet";
  const members = count(one.member_count, "anomaly", "anomalies");
  if (isOpen(one))
    return html`<b>${one.status === "escalated" ? "needs a person" : "open"}</b> · ${one.severity} · ${members}${sure}`;
  return html`<b>${readable(one.resolution)}</b> in ${figure(one.resolution_seconds, 1)} s · ${members}`;
}

const all = {
  incidents: /** @type {IncidentBody[]} */ ([]),
  /** The number of incidents to show; grows with the button for older ones. */
  wanted: PAGE,
  older: false,
  request: 0,
  state: "",
  read: false,
  failed: "",
  timer: 0,
};

export async function readIncidents() {
  const mine = ++all.request;
  const query = { limit: String(all.wanted), ...(all.state ? { state: all.state } : {}) };
  try {
    const body = await api.incidents(query);
    if (mine !== all.request) return;
    const older = body.next_cursor !== null && all.wanted < MOST;
    Object.assign(all, { incidents: [...body.recent_incidents].reverse(), older, read: true, failed: "" });
  } catch (error) {
    if (mine !== all.request) return;
    all.failed = error instanceof Error ? error.message : String(error);
  }
  touch("all-incidents");
}

/** Merge the incidents of the feed into the view, and read the rest a second later. */
export function mergeFeed() {
  const { incidents } = board.state;
  const known = new Set(all.incidents.map((one) => one.id));
  const fits = (/** @type {IncidentBody} */ one) => !all.state || one.status === all.state;
  const others = [...incidents.values()].filter((one) => !known.has(one.id)).reverse();
  all.incidents = [...others, ...all.incidents.map((one) => incidents.get(one.id) ?? one)]
    .filter(fits)
    .slice(0, all.wanted);
  clearTimeout(all.timer);
  all.timer = window.setTimeout(readIncidents, SETTLE);
}

export function allIncidents() {
  const { filter, state } = board;
  const choose = (/** @type {string} */ name) => {
    Object.assign(all, { state: name, read: false, incidents: [], wanted: PAGE });
    readIncidents();
    touch("all-incidents");
  };
  const tools = html`<div class="choice" role="group" aria-label="State">
    ${[
      ["", "All"],
      ["open", "Open"],
      ["escalated", "Escalated"],
      ["resolved", "Resolved"],
    ].map(
      ([name, label]) =>
        html` <button type="button" aria-pressed=${all.state === name} @click=${() => choose(name)}>${label}</button>`,
    )}
  </div>`;
  const top = head("page-title", "Incidents", counts(state.stats), tools);
  if (all.failed && !all.read) return html`${top}${failure(all.failed, readIncidents)}`;
  if (!all.read) return html`${top}${loading("Reading incidents")}`;
  const shown = only(filter, all.incidents);
  if (!shown.length)
    return html`${top}${emptyState(filter.terms.length ? "No incident fits the filter" : all.state ? `No incident is ${all.state}` : "No incident yet: all is quiet")}`;
  return html`${top}
    <div class="sheet" tabindex="0" role="group" aria-label="Incidents">
      <table>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Severity</th>
            <th scope="col">Cause</th>
            <th scope="col">Where</th>
            <th scope="col" class="n">Confidence</th>
            <th scope="col" class="n">Anomalies</th>
            <th scope="col" class="apart">Opened</th>
            <th scope="col">Outcome</th>
            <th scope="col" class="n">Seconds</th>
          </tr>
        </thead>
        <tbody>
          ${repeat(shown, (one) => one.id, row)}
        </tbody>
      </table>
      ${all.failed ? failure(all.failed, readIncidents) : nothing}
      ${all.older ? html`<p class="row center"><button type="button" class="quiet" @click=${further}>Older incidents</button></p>` : html`<p class="end-note">That is all that is kept.</p>`}
    </div>`;
}

function further() {
  all.wanted = Math.min(MOST, all.wanted + PAGE);
  readIncidents();
}

/** @param {IncidentBody} one */
const row = (one) =>
  html`<tr class=${one.status}>
    <td>${badge(one.status)}</td>
    <td>${badge(one.severity)}</td>
    <th scope="row"><a href=${address("incident", one.id)}>${title(one.cause?.kind ?? one.type)}</a></th>
    <td>${one.cause?.node ?? one.node_id}</td>
    <td class="n">${percent(one.cause?.confidence)}</td>
    <td class="n">${one.member_count}</td>
    <td class="apart"><time datetime=${one.timestamp}>${clock(one.timestamp, board.state.now)}</time></td>
    <td>${one.resolution ? readable(one.resolution) : "–"}</td>
    <td class="n">${figure(one.resolution_seconds, 1)}</td>
  </tr>`;

/** @param {import("../types").Stats | null} stats */
const counts = (stats) =>
  stats
    ? `${openCount(stats)} open, ${stats.auto_resolved} by the loop, ${stats.manual_intervention} by a person, ${stats.self_cleared} cleared by themselves; ${figure(stats.avg_resolution_time, 1)} s on average`
    : "";
