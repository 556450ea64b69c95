// The gateway's calls. What it refuses becomes an Error with its own words.

const PATIENCE = 15000;

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
