// The page: reads the feed, draws at most once a frame, and asks for a change only by POST.

import { byId, say } from "./dom.js";
import { call, connect, link } from "./feed.js";
import { drawMap } from "./map.js";
import { drawDetail, drawIncidents, drawLog, drawLoop, drawNodes, drawScore, drawStatus, drawSummary } from "./panels.js";
import { state } from "./state.js";

const STALE_AFTER = 3000;
const SCORE_EVERY = 5000;
const AGE_EVERY = 500;

const PANELS = {
  status: () => drawStatus(state.status),
  loop: () => drawLoop(state.cycle),
  map: () => drawMap(state.nodes, state.links, causes()),
  nodes: () => drawNodes(state.nodes, state.thresholds),
  summary: () => drawSummary(state.summary),
  incidents: () => drawIncidents(state.incidents, state.stats, select),
  log: () => drawLog(state.logs),
};
const TOUCHES = {
  snapshot: Object.keys(PANELS),
  metrics_update: ["map", "nodes", "summary"],
  topology_update: ["map", "nodes"],
  logs_update: ["log"],
  incidents_update: ["incidents", "map"],
  cycle_update: ["loop"],
  status_update: ["status"],
};

const pending = new Set();
let asked = false;

function changed(event) {
  for (const panel of TOUCHES[event] ?? []) pending.add(panel);
  if (event === "status_update" || event === "snapshot") drawButtons();
  if (event === "closed") drawConnection();
  if (!asked && pending.size) {
    asked = true;
    requestAnimationFrame(draw);
  }
}

function draw() {
  asked = false;
  for (const panel of pending) PANELS[panel]();
  pending.clear();
}

function causes() {
  return new Set([...state.incidents.values()].filter((one) => one.status !== "resolved").map((one) => one.node_id));
}

async function select(id) {
  try {
    drawDetail(await call(`/api/incidents/${encodeURIComponent(id)}`));
  } catch (error) {
    complain(error.message);
  }
}

let ordering = false;

function drawButtons() {
  const running = state.status?.running;
  byId("start").disabled = ordering || !link.open || running !== false;
  byId("stop").disabled = ordering || !link.open || running !== true;
}

async function order(path) {
  ordering = true;
  drawButtons();
  try {
    await call(path, { method: "POST" });
    complain("");
  } catch (error) {
    complain(error.message);
  } finally {
    ordering = false;
    drawButtons();
  }
}

let complaint = "";

function complain(text) {
  complaint = text;
  drawConnection();
}

/** Never silently stale: how old the last message is, and a banner when nothing comes. */
function drawConnection() {
  const age = performance.now() - link.lastMessage;
  const seen = link.lastMessage > 0;
  const kind = !link.open ? "lost" : age > STALE_AFTER ? "stale" : "live";
  const place = byId("connection");
  place.dataset.state = kind;
  say(place, seen ? `${kind === "lost" ? "disconnected" : kind}, ${(age / 1000).toFixed(0)} s old` : "connecting");
  const silence = kind === "lost" && seen ? "The gateway does not answer; what you see is old. Trying again." : kind === "stale" ? "No news from the network; what you see is old." : "";
  const banner = byId("banner");
  banner.hidden = !(complaint || silence);
  say(banner, complaint || silence);
  drawButtons();
}

async function readScore() {
  if (!document.hidden && link.open) {
    try {
      state.scorecard = await call("/api/scorecard");
      state.thresholds = (await call("/api/config")).thresholds;
      drawScore(state.scorecard);
    } catch {
      // The connection's own state says that the gateway is away.
    }
  }
}

byId("start").addEventListener("click", () => order("/api/start"));
byId("stop").addEventListener("click", () => {
  if (confirm("Stop the campaign? Repair goes on.")) order("/api/stop");
});
drawLoop(null);
connect((event) => {
  changed(event);
  if (event === "snapshot") readScore();
});
setInterval(drawConnection, AGE_EVERY);
setInterval(readScore, SCORE_EVERY);
