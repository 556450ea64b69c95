// The WebSocket: connects, and connects again, for as long as the page is open.

import { apply, state } from "./state.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;

export const link = { open: false, lastMessage: 0 };

/** Read for ever; `onChange(event)` is called after each frame. */
export function connect(onChange, wait = FIRST_WAIT) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const query = state.seq ? `?since=${encodeURIComponent(state.seq)}` : "";
  const socket = new WebSocket(`${scheme}://${location.host}/ws${query}`);
  let next = wait;
  socket.addEventListener("message", (message) => {
    link.open = true;
    link.lastMessage = performance.now();
    next = FIRST_WAIT;
    onChange(apply(JSON.parse(message.data)));
  });
  socket.addEventListener("close", () => {
    link.open = false;
    onChange("closed");
    setTimeout(() => connect(onChange, Math.min(next * 2, LONGEST_WAIT)), next);
  });
}

/** Call the API; return its body, or throw an Error that says what the gateway said. */
export async function call(path, options = {}) {
  const answer = await fetch(path, { headers: { Accept: "application/json" }, ...options });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.detail ?? `${path} answered ${answer.status}`);
  return body;
}
