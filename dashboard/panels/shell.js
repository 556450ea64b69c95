// The frame of every view: navigation, overall status, start and stop, the filter, the age of the data.

import { address, board, setFilter, touch } from "../board.js";
import { api } from "../gateway.js";
import { count, figure, percent, span, title } from "../core/format.js";
import { openCount, overallStatus, sentence } from "../core/derive.js";
import { ask, badge, html, icon, nothing, pending, request } from "../ui.js";

/** @type {{view: string, name: string, icon: import("../ui.js").IconName}[]} */
export const VIEWS = [
  { view: "", name: "Overview", icon: "overview" },
  { view: "table", name: "Table", icon: "table" },
  { view: "incidents", name: "Incidents", icon: "incidents" },
  { view: "log", name: "Log", icon: "log" },
  { view: "score", name: "Scorecard", icon: "score" },
  { view: "control", name: "Control", icon: "control" },
];
const ANNOUNCE_EVERY = 3000;
const ON_STAGE = new Set(["incident", "node", "link", "group"]);
/** The help text of the filter, with a kind of fault from the catalogue. */
const help = () =>
  `Words that must occur; status:down, type:server, kind:${board.state.catalogue.faults[0]?.kind ?? "word"}, level:error, cpu>80, -word, node:"server-3" (that node, its links and their incidents)`;

/** Whether the data on the page is current. @param {number} now of performance.now() @returns {"opening"|"live"|"stale"|"lost"} */
export function freshness(now) {
  const { link, state } = board;
  if (!link.open) return state.known ? "lost" : "opening";
  if (!state.known) return "opening";
  const after = 1000 * (state.status?.stale_after ?? Infinity);
  return state.nodes.size && now - link.telemetryAt > after ? "stale" : "live";
}

export function rail() {
  const at = ON_STAGE.has(board.route.view) ? "" : board.route.view;
  const open = openCount(board.state.stats);
  const version = board.state.status?.version;
  return html`<a class="logo" href=${address("")} aria-label="NMS, overview">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <path class="turn" d="M16 5a11 11 0 1 1-10.100 6.600" />
        <path class="turn" d="M2.600 11.100 6.300 11.900l2.800-3.900" />
        <circle class="core" cx="16" cy="16" r="4.400" /></svg
    ></a>
    <ul>
      ${VIEWS.map(
        (one) =>
          html`<li>
            <a href=${address(one.view)} aria-current=${at === one.view ? "page" : nothing}
              >${icon(one.icon)}<span>${one.name}</span>
              ${one.view === "incidents" && open ? html`<b class="dot" aria-label=${`${open} open`}>${open}</b>` : nothing}</a
            >
          </li>`,
      )}
    </ul>
    <p class="about"><a href="/docs">API</a><span>${version ? `v${version}` : ""}</span></p>`;
}

export function bar() {
  const { state } = board;
  const overall = overallStatus(state);
  const name = /** @type {const} */ ({ good: "done", warn: "warn", bad: "cross", unknown: "dash" })[overall.tone];
  return html` <div class="verdict ${overall.tone}">
      ${icon(name)}
      <p><strong id="verdict">${overall.label}</strong><span>${overall.more}</span></p>
    </div>
    <dl class="facts">
      <div>
        <dt>Health</dt>
        <dd>${state.status?.health_percentage == null ? "–" : percent(state.status.health_percentage / 100, 1)}</dd>
      </div>
      <div>
        <dt>Network</dt>
        <dd id="network">${state.status?.network_state ? badge(state.status.network_state) : "–"}${limited()}</dd>
      </div>
      <div>
        <dt>Repair</dt>
        <dd id="repair">${title(state.status?.mode)}${unanswered("remediator")}</dd>
      </div>
      <div>
        <dt>Cycle</dt>
        <dd id="cycle-count">${figure(state.status?.cycle_count, 0)}</dd>
      </div>
    </dl>
    <div class="switch" role="group" aria-label="The loop">${loopSwitch()}</div>
    <div class="search">
      ${icon("search")}<input
        type="search"
        id="filter"
        placeholder="Filter"
        aria-label="Filter map, table, log and incidents"
        title=${help()}
        autocomplete="off"
        spellcheck="false"
        .value=${board.filter.text}
        @input=${(/** @type {InputEvent} */ event) => setFilter(/** @type {HTMLInputElement} */ (event.target).value)}
      /><kbd aria-hidden="true">/</kbd>
    </div>
    <div id="freshness"></div>`;
}

/** Names the driver if it offers no actions, so that nothing can be repaired. */
function limited() {
  const network = board.state.status?.network;
  return network?.driver && !Object.keys(network.actions ?? {}).length ? ` (${network.driver})` : "";
}

/** Marks a setting whose service does not answer: it may not be in force. @param {"remediator" | "injector"} service */
function unanswered(service) {
  const { status } = board.state;
  return status && status.services[service] !== "up" ? " (no answer)" : "";
}

/** Start and stop in one button, so that it keeps the keyboard focus. */
function loopSwitch() {
  const { state, link } = board;
  const running = state.status?.running;
  const idle = running === undefined || !link.open || pending.has("switch");
  const text = running === undefined ? "–" : `${running ? "Running" : "Stopped"}${unanswered("injector")}`;
  return html`<span class="state ${running ? "on" : ""}" id="running">${icon(running ? "play" : "stop")}${text}</span>
    <button
      type="button"
      id=${running ? "stop" : "start"}
      class=${running ? "quiet" : ""}
      ?disabled=${idle}
      @click=${running ? stop : start}
    >
      ${running ? "Stop" : "Start"}
    </button>`;
}

const repaint = () => touch("status");
const start = () => request("switch", api.start, repaint);

async function stop() {
  const more = "No more faults will be injected. Faults that are live stay until they are repaired; repair goes on.";
  if ((await ask({ question: "Stop the loop?", more, yes: "Stop" })) !== null) await request("switch", api.stop, repaint);
}

/** The age of the last message; painted by a timer, unlike the rest of the page. */
export function messageAge() {
  const now = performance.now();
  const kind = freshness(now);
  const since = kind === "stale" ? board.link.telemetryAt : board.link.messageAt;
  const text = { live: "Live", stale: "Stale", lost: "Lost", opening: "Connecting" }[kind];
  const name = /** @type {const} */ ({ live: "check", stale: "warn", lost: "cross", opening: "dash" })[kind];
  return html`<p class="fresh ${kind}" title="Age of the last message">
    ${icon(name)}<span>${text}</span><time id="age">${since ? span((now - since) / 1000) : "–"}</time>
  </p>`;
}

/** The banner: that the shown data is old and since when, or another fault of the system. @param {() => void} again */
export function banner(again) {
  const now = performance.now();
  const kind = freshness(now);
  if (kind === "lost") {
    const due = Math.max(0, board.link.retryAt - now) / 1000;
    return html`<div class="banner lost">
      ${icon("cross")}
      <p>
        <strong>Connection lost.</strong>
        <span aria-live="off">
          All figures are as they were ${span((now - board.link.messageAt) / 1000)} ago.
          ${board.link.retryAt ? `Next attempt in ${count(Math.ceil(due), "second")}.` : "Connecting now."}
        </span>
      </p>
      <button type="button" @click=${again}>Try now</button>
    </div>`;
  }
  if (kind === "stale")
    return html`<div class="banner stale">
      ${icon("warn")}
      <p>
        <strong>No news from the network</strong>
        <span aria-live="off">for ${span((now - board.link.telemetryAt) / 1000)}.</span>
        The gateway answers, but sends no telemetry; figures are old.
      </p>
    </div>`;
  if (kind === "opening" && board.link.tries > 1)
    return html`<div class="banner lost">
      ${icon("cross")}
      <p><strong>The gateway does not answer.</strong> Trying again.</p>
      <button type="button" @click=${again}>Try now</button>
    </div>`;
  const fault = board.state.status?.config_fault;
  if (fault)
    return html`<div class="banner lost" id="config-fault">
      ${icon("cross")}
      <p>
        <strong>The configuration cannot be read: the remediator is off and no faults are injected.</strong>
        Set a mode to write a new one. (${fault})
      </p>
      <a class="button" href=${address("control")}>Set a mode</a>
    </div>`;
  if (board.state.status?.unauthenticated)
    return html`<div class="banner stale" id="unauthenticated">
      ${icon("warn")}
      <p><strong>Nobody is asked to log in.</strong> Whoever reaches this address may change everything.</p>
    </div>`;
  return nothing;
}

let announcedAt = -Infinity;

/** Announce changes of the overall status to screen readers, at most every three seconds. */
export function announce() {
  const overall = overallStatus(board.state);
  const news = /** @type {HTMLElement} */ (document.getElementById("news"));
  const text = board.state.known ? sentence(overall) : "";
  if (text === news.textContent || performance.now() - announcedAt < ANNOUNCE_EVERY) return;
  announcedAt = performance.now();
  news.textContent = text;
}
