// The WebSocket: connects, goes on where it ended, and tries again with growing waits for as long as the page is open.

/** @typedef {{open: boolean, heard: number, told: number, retry: number, tries: number}} Link */

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;
const GIVE_UP_OPENING = 8000;

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
    mine.addEventListener("open", () => {
      clearTimeout(patience);
      link.heard = performance.now();
      link.open = true;
      link.tries = 0;
      onChange();
    });
    mine.addEventListener("message", (message) => {
      if (mine !== socket) return;
      const frame = JSON.parse(message.data);
      link.heard = performance.now();
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
