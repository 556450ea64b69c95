// The way to the gateway: its calls, what it refuses being an Error with its own words; and its WebSocket, which goes on
// where it ended and tries again with growing waits for as long as the page is open.

import { board } from "./board.js";
import { PLAIN, write } from "./core/route.js";
import { say } from "./ui.js";

/** @typedef {{open: boolean, heard: number, told: number, retry: number, tries: number}} Link */

const PATIENCE = 15000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;
const GIVE_UP_OPENING = 8000;
/** A gateway that is not ready yet takes a connection and closes it at once: one is open when it has lasted so long. */
const LASTS = 400;

/** Call the API; return its body. @param {string} path @param {RequestInit} [options] @returns {Promise<any>} */
export async function call(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      signal: AbortSignal.timeout(PATIENCE),
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
 * Read for ever. `seq()` names the last frame that was taken in. Times are of `performance.now()`: `heard` any message,
 * `told` one with telemetry, `retry` when the next try is due.
 * @param {{link: Link, seq: () => string | null, onFrame: (frame: import("./types").Frame) => void, onChange: () => void}} wants
 */
export function connect({ link, seq, onFrame, onChange }) {
  let timer = 0;
  /** @type {WebSocket | null} */
  let socket = null;

  function open() {
    clearTimeout(timer);
    link.retry = 0;
    const since = seq();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const mine = new WebSocket(`${scheme}://${location.host}/ws${since ? `?since=${encodeURIComponent(since)}` : ""}`);
    socket = mine;
    const patience = setTimeout(() => mine.close(), GIVE_UP_OPENING);
    const opened = () => {
      if (mine !== socket || mine.readyState !== WebSocket.OPEN || link.open) return;
      link.open = true;
      link.tries = 0;
      onChange();
    };
    mine.addEventListener("open", () => {
      clearTimeout(patience);
      setTimeout(opened, LASTS);
    });
    mine.addEventListener("message", (message) => {
      if (mine !== socket) return;
      const frame = JSON.parse(message.data);
      link.heard = performance.now();
      opened();
      if (frame.event === "metrics_update" || frame.event === "snapshot") link.told = link.heard;
      onFrame(frame);
    });
    mine.addEventListener("close", () => {
      clearTimeout(patience);
      if (mine !== socket) return;
      const wait = Math.min(FIRST_WAIT * 2 ** link.tries, LONGEST_WAIT);
      link.open = false;
      link.tries += 1;
      link.retry = performance.now() + wait;
      timer = setTimeout(open, wait);
      onChange();
    });
  }

  open();
  return {
    /** Try now instead of later. */
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
 * Whether a snapshot is of another system than the one that is shown. Then nothing of the old may stay: the page begins
 * anew, without what was chosen of it.
 * @param {import("./types").Frame} frame
 */
export function isOfAnother(frame) {
  if (leaving) return true;
  if (frame.event !== "snapshot" || !board.state.status) return false;
  if (frame.data.status.instance === board.state.status.instance) return false;
  leaving = true;
  const { view } = board.route;
  history.replaceState(null, "", write({ view: PLAIN.has(view) ? view : "" }));
  remember();
  location.reload();
  return true;
}

const ANEW = "nms-anew";

/** Keep until the page is there again that it began anew; a browser that keeps nothing only says nothing. */
function remember() {
  try {
    sessionStorage.setItem(ANEW, "yes");
  } catch {
    // Nothing depends on it.
  }
}

/** Say, after the page began anew, why it did. */
export function sayAnew() {
  try {
    if (sessionStorage.getItem(ANEW)) say("Another system answers here now: nothing of the old one is shown any more.");
    sessionStorage.removeItem(ANEW);
  } catch {
    // Nothing depends on it.
  }
}
