// The client of the gateway: its REST calls, whose refusals are Errors with the gateway's message; and its WebSocket,
// which resumes after the last frame and reconnects with growing waits for as long as the page is open.

import { board } from "./board.js";
import { PLAIN, write } from "./core/route.js";
import { notify } from "./ui.js";

/** @typedef {{open: boolean, messageAt: number, telemetryAt: number, retryAt: number, tries: number}} Link */

const CALL_TIMEOUT = 15000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;
const OPEN_TIMEOUT = 8000;
/** A gateway that is not ready accepts a connection and closes it at once: a connection counts as open after this time. */
const STEADY_AFTER = 400;

/** Call the API; return the body of the response. @param {string} path @param {RequestInit} [options] @returns {Promise<any>} */
export async function call(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      signal: AbortSignal.timeout(CALL_TIMEOUT),
      ...options,
      headers: { Accept: "application/json", ...options.headers },
    });
  } catch {
    throw new Error("The gateway does not answer; try again once the connection is back.");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.detail ?? `${path} answered ${answer.status}`);
  return body;
}

/** @param {string} method @param {string} path @param {unknown} [body] */
const send = (method, path, body) =>
  call(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });

const of = encodeURIComponent;

export const api = {
  incident: (/** @type {string} */ id) => call(`/api/incidents/${of(id)}`),
  incidents: (/** @type {Record<string, string>} */ query) => call(`/api/incidents?${new URLSearchParams(query)}`),
  history: (/** @type {Record<string, string>} */ query) => call(`/api/metrics/history?${new URLSearchParams(query)}`),
  averages: (/** @type {Record<string, string>} */ query) =>
    call(`/api/metrics/history/averages?${new URLSearchParams(query)}`),
  logs: (/** @type {number} */ limit) => call(`/api/logs?limit=${limit}`),
  score: () => call("/api/scorecard"),
  config: () => call("/api/config"),
  faults: () => call("/api/faults"),
  services: () => call("/api/services"),
  start: () => send("POST", "/api/start"),
  stop: () => send("POST", "/api/stop"),
  configure: (/** @type {object} */ changes) => send("PATCH", "/api/config", changes),
  inject: (/** @type {object} */ fault) => send("POST", "/api/faults", fault),
  endFault: (/** @type {string} */ id) => send("DELETE", `/api/faults/${of(id)}`),
  approve: (/** @type {string} */ id) => send("POST", `/api/actions/${of(id)}/approve`, {}),
  reject: (/** @type {string} */ id, /** @type {string} */ reason) =>
    send("POST", `/api/actions/${of(id)}/reject`, { reason }),
  acknowledge: (/** @type {string} */ id) => send("POST", `/api/incidents/${of(id)}/acknowledge`, {}),
  comment: (/** @type {string} */ id, /** @type {string} */ text) =>
    send("POST", `/api/incidents/${of(id)}/comment`, { text }),
  move: (/** @type {string} */ id, /** @type {string[]} */ members, /** @type {string} */ to) =>
    send("POST", `/api/incidents/${of(id)}/move`, { members, to }),
  split: (/** @type {string} */ id, /** @type {string[]} */ members) =>
    send("POST", `/api/incidents/${of(id)}/split`, { members }),
  merge: (/** @type {string} */ id, /** @type {string} */ into) =>
    send("POST", `/api/incidents/${of(id)}/merge`, { into }),
};

/**
 * Read the feed until the page is closed. `seq()` names the last frame received. Times in `link` are of
 * `performance.now()`: of the last message, of the last one with telemetry, and of the next attempt to connect.
 * @param {{link: Link, seq: () => string | null, onFrame: (frame: import("./types").Frame) => void, onChange: () => void}} wants
 */
export function connect({ link, seq, onFrame, onChange }) {
  let timer = 0;
  /** @type {WebSocket | null} */
  let socket = null;

  function open() {
    clearTimeout(timer);
    link.retryAt = 0;
    const since = seq();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const mine = new WebSocket(`${scheme}://${location.host}/ws${since ? `?since=${encodeURIComponent(since)}` : ""}`);
    socket = mine;
    const deadline = setTimeout(() => mine.close(), OPEN_TIMEOUT);
    const opened = () => {
      if (mine !== socket || mine.readyState !== WebSocket.OPEN || link.open) return;
      link.open = true;
      link.tries = 0;
      onChange();
    };
    mine.addEventListener("open", () => {
      clearTimeout(deadline);
      setTimeout(opened, STEADY_AFTER);
    });
    mine.addEventListener("message", (message) => {
      if (mine !== socket) return;
      const frame = JSON.parse(message.data);
      link.messageAt = performance.now();
      opened();
      if (frame.event === "metrics_update" || frame.event === "snapshot") link.telemetryAt = link.messageAt;
      onFrame(frame);
    });
    mine.addEventListener("close", () => {
      clearTimeout(deadline);
      if (mine !== socket) return;
      const wait = Math.min(FIRST_WAIT * 2 ** link.tries, LONGEST_WAIT);
      link.open = false;
      link.tries += 1;
      link.retryAt = performance.now() + wait;
      timer = setTimeout(open, wait);
      onChange();
    });
  }

  open();
  return {
    again() {
      if (!link.open) {
        const old = socket;
        socket = null;
        old?.close();
        open();
      }
    },
  };
}

// --- another system ---------------------------------------------------------------------------------------------

let leaving = false;

/**
 * Whether a snapshot is of another system than the shown one. If so, the page is reloaded without selection and filter,
 * so that nothing of the old system stays.
 * @param {import("./types").Frame} frame
 */
export function isOtherSystem(frame) {
  if (leaving) return true;
  if (frame.event !== "snapshot" || !board.state.status) return false;
  if (frame.data.status.instance === board.state.status.instance) return false;
  leaving = true;
  const { view } = board.route;
  history.replaceState(null, "", write({ view: PLAIN.has(view) ? view : "" }));
  rememberReload();
  location.reload();
  return true;
}

const RELOADED = "nms-reloaded";

/** Note the reload for the next page; a browser without storage just shows no message. */
function rememberReload() {
  try {
    sessionStorage.setItem(RELOADED, "yes");
  } catch {
    // Nothing depends on it.
  }
}

/** After a reload because of another system, show the reason. */
export function explainReload() {
  try {
    if (sessionStorage.getItem(RELOADED)) notify("Another system answers at this address now; the page was reloaded.");
    sessionStorage.removeItem(RELOADED);
  } catch {
    // Nothing depends on it.
  }
}
