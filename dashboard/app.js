// The page: reads the feed into the board, shows the view that the address names, and polls what the feed does not
// carry: the scorecard, the settings, the shown incident.

import { board, mount, setFilter, touch, watch } from "./board.js";
import { api, connect, explainReload, isOtherSystem } from "./gateway.js";
import { isOpen, openCount } from "./core/derive.js";
import { parse } from "./core/filter.js";
import { plain } from "./core/format.js";
import { follow, read } from "./core/route.js";
import { fold, mergeIncidents } from "./core/store.js";
import { showAverages } from "./panels/averages.js";
import { allIncidents, mergeFeed, readIncidents, recentIncidents } from "./panels/incidents.js";
import { fullLog, readPast, recentLog } from "./panels/log.js";
import { loop, pulse } from "./panels/loop.js";
import { scoreSummary, scorecard } from "./panels/score.js";
import { VIEWS, announce, banner, bar, freshness, messageAge, rail } from "./panels/shell.js";
import { showTopology } from "./panels/topology.js";
import { lazily } from "./ui.js";
import { render } from "./vendor/lit/lit-html.js";

const SCORE_EVERY = 5000;
const CONTROL_EVERY = 2000;
const DETAIL_EVERY = 2000;
const AGE_EVERY = 250;
const SETTLE = 400;
const STAGE = new Set(["", "incident", "node", "link", "group"]);

const place = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @type {(() => unknown)[]} */
let cleanups = [];
let onStage = false;
let shown = "";

// --- the feed ---------------------------------------------------------------------------------------------------

const feed = connect({
  link: board.link,
  seq: () => board.state.seq,
  onFrame(frame) {
    if (isOtherSystem(frame)) return;
    const topics = fold(board.state, frame);
    board.activity.observe(board.state, topics);
    touch(...topics);
    if (topics.has("incidents"))
      onIncidents(/** @type {any} */ (frame).data.recent_incidents?.map((/** @type {{id: string}} */ one) => one.id) ?? []);
    if (frame.event === "snapshot") readAll();
  },
  onChange() {
    touch("status");
    age();
  },
});

let settling = 0;

/** Incidents changed: read the shown one again, and find open ones that the feed does not carry. @param {string[]} ids */
function onIncidents(ids) {
  if (board.route.view === "incident" && (!ids.length || ids.includes(board.route.id))) readDetail();
  clearTimeout(settling);
  settling = window.setTimeout(readMissing, SETTLE);
  if (shown === "incidents") mergeFeed();
}

async function readMissing() {
  const { state } = board;
  const open = [...state.incidents.values()].filter(isOpen);
  if (openCount(state.stats) === open.length) return;
  try {
    const pages = await Promise.all(["open", "escalated"].map((one) => api.incidents({ state: one, limit: "500" })));
    mergeIncidents(
      state,
      pages.flatMap((page) => page.recent_incidents),
      true,
    );
    touch("incidents");
  } catch {
    // The banner already reports that the gateway is not reachable.
  }
}

// --- what the feed does not carry -------------------------------------------------------------------------------

async function readScore() {
  if (document.hidden || !board.link.open) return;
  try {
    board.score = await api.score();
    board.failed.delete("score");
  } catch (error) {
    board.failed.set("score", error instanceof Error ? error.message : String(error));
  }
  touch("score");
}

async function readConfig() {
  try {
    board.config = await api.config();
    touch("config");
  } catch {
    board.config ??= null;
  }
}

async function readDetail() {
  const { id } = board.route;
  const { readIncident } = await import("./panels/incident.js");
  if (board.route.id === id) readIncident(id);
}

/** The feed carries the newest incidents only; the shown one may be older. */
function readOlder() {
  if (board.route.view === "incident" && !document.hidden && board.link.open && board.detail) readDetail();
}

function readAll() {
  readScore();
  if (onStage ? board.route.id : shown === "table") readConfig();
  if (shown === "control") readControls();
  if (shown === "incidents") readIncidents();
  if (shown === "log") readPast(true);
}

async function readControls() {
  if (document.hidden || !board.link.open) return;
  try {
    (await import("./panels/control.js")).readControl();
  } catch {
    // The view itself shows that it could not be loaded.
  }
}

// --- views ------------------------------------------------------------------------------------------------------

function navigate() {
  const before = board.route;
  board.route = read(location.hash);
  board.options = follow(board.options, board.route);
  if (board.route.filter !== before.filter) board.filter = parse(board.route.filter);
  if (before.id !== board.route.id) board.detail = null;
  show();
  touch("route", "filter", "options");
}

async function show() {
  const { view, id } = board.route;
  const key = `${view}/${id}`;
  if (key === shown) return;
  const first = !shown;
  shown = STAGE.has(view) ? key : view;
  const stage = STAGE.has(view);
  if (stage !== onStage || !stage) clearView();
  place("stage").hidden = !stage;
  place("page").hidden = stage;
  document.body.dataset.view = view || "overview";
  if (stage) setStage(view, id);
  else await setPage(view);
  if (shown !== (stage ? key : view)) return;
  const name = plain(id) || VIEWS.find((one) => one.view === view)?.name || "Overview";
  document.title = `${name} · NMS`;
  place("view-title").textContent = name;
  if (!first) place("main").focus({ preventScroll: !stage });
}

function clearView() {
  cleanups.forEach((end) => end());
  cleanups = [];
  side();
  onStage = false;
}

let side = () => {};

/** @param {string} view @param {string} id */
function setStage(view, id) {
  if (!onStage) {
    onStage = true;
    cleanups = [
      mount(place("loop"), ["status", "cycles", "logs", "incidents", "second"], loop),
      watch(["status", "cycles", "logs", "incidents"], () => pulse(place("loop"))),
      showTopology(),
      showAverages(place("averages")),
      mount(place("tail"), ["logs", "filter"], recentLog),
      mount(place("brief"), ["score", "incidents"], scoreSummary),
    ];
  }
  side();
  const host = place("side");
  const mine = key(view, id);
  const stays = () => onStage && mine === key(board.route.view, board.route.id);
  if (view === "incident") {
    board.failed.delete("incident");
    lazily(
      host,
      () => import("./panels/incident.js"),
      stays,
      ({ incident, readIncident }) => {
        side = mount(host, ["detail", "route", "incidents", "approvals", "status", "second"], incident);
        readIncident(id);
      },
    );
  } else if (view === "node" || view === "link") {
    lazily(
      host,
      () => import("./panels/element.js"),
      stays,
      ({ showElement }) => {
        side = showElement(host, id);
        readConfig();
      },
    );
  } else {
    render(null, host);
    side = mount(host, ["incidents", "filter", "approvals", "observations", "route", "second"], recentIncidents);
  }
}

const key = (/** @type {string} */ view, /** @type {string} */ id) => `${view}/${id}`;

/** @param {string} view */
async function setPage(view) {
  const host = place("page");
  render(null, host);
  const stays = () => shown === view;
  /** @param {string[]} topics @param {() => unknown} draw */
  const put = (topics, draw) => stays() && cleanups.push(mount(host, topics, draw));
  if (view === "log") (put(["logs", "filter", "options"], fullLog), readPast());
  if (view === "score") put(["score", "incidents"], scorecard);
  if (view === "incidents") (put(["all-incidents", "filter", "status", "incidents"], allIncidents), readIncidents());
  if (view === "table")
    await lazily(
      host,
      () => import("./panels/table.js"),
      stays,
      ({ table }) => {
        put(["nodes", "links", "topology", "filter", "table", "options", "config"], table);
        readConfig();
      },
    );
  if (view === "control")
    await lazily(
      host,
      () => import("./panels/control.js"),
      stays,
      ({ control }) => {
        put(["config", "faults", "services", "approvals", "status", "topology"], control);
        readControls();
      },
    );
}

// --- the clock --------------------------------------------------------------------------------------------------

/** Paint what only time changes: the age of the last message. */
function age() {
  if (document.hidden) return;
  const kind = freshness(performance.now());
  if (document.body.dataset.link !== kind) {
    document.body.dataset.link = kind;
    window.dispatchEvent(new CustomEvent("nms-link", { detail: kind }));
  }
  const host = document.getElementById("freshness");
  if (host) render(messageAge(), host);
  render(banner(feed.again), place("banner"));
}

addEventListener("hashchange", navigate);
/** @type {HTMLElement} */ (document.querySelector(".skip")).addEventListener("click", (event) => {
  event.preventDefault();
  place("main").focus();
});
addEventListener("online", feed.again);
addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    place("filter").focus();
  } else if (event.key === "Escape" && event.target === place("filter")) setFilter("");
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden)
    touch("status", "topology", "nodes", "links", "summary", "logs", "incidents", "cycles", "filter", "route");
});

mount(place("rail"), ["status", "incidents", "route", "filter", "options"], rail);
watch(["summary", "incidents"], announce);
mount(place("bar"), ["status", "summary", "incidents", "filter"], bar);
show();
age();
explainReload();
setInterval(age, AGE_EVERY);
setInterval(readScore, SCORE_EVERY);
setInterval(readOlder, DETAIL_EVERY);
setInterval(() => shown === "control" && readControls(), CONTROL_EVERY);
