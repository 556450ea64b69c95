// Where one is and how one looks at it, as an address that can be kept: `#/incident/<id>?q=<filter>`, `#/table?sort=latency`.

/** @typedef {Record<string, string>} Look What was chosen, by its name in the address; what is usual is not in it. */
/** @typedef {{view: string, id: string, filter: string, look: Look}} Route */

/** Views that need the name of something. */
export const NAMED = new Set(["incident", "node", "link", "group"]);
export const PLAIN = new Set(["", "table", "incidents", "log", "score", "control"]);

const STAGE = ["averages"];
/** What each view lets one choose. @type {Record<string, string[]>} */
const CHOICES = {
  "": STAGE,
  incident: STAGE,
  group: STAGE,
  node: [...STAGE, "span"],
  link: [...STAGE, "span"],
  table: ["of", "sort", "down"],
  log: ["levels"],
};

/** Read an address; one that leads nowhere is the overview. @param {string} hash @returns {Route} */
export function read(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [view, ...rest] = path.split("/");
  const asked = new URLSearchParams(query);
  const filter = asked.get("q") ?? "";
  const id = decoded(rest.join("/"));
  const leads = id ? NAMED.has(view) : PLAIN.has(view);
  const there = leads ? view : "";
  return { view: there, id: leads ? id : "", filter, look: ofView(there, Object.fromEntries(asked)) };
}

/** Write an address. @param {Partial<Route>} route */
export function write({ view = "", id = "", filter = "", look = {} }) {
  const path = id ? `${view}/${encodeURIComponent(id)}` : view;
  const query = String(new URLSearchParams({ ...(filter ? { q: filter } : {}), ...ofView(view, look) }));
  return `#/${path}${query ? `?${query}` : ""}`;
}

/** What was chosen before, with what an address says of its own view in place of what was chosen there. @param {Look} before @param {Route} route @returns {Look} */
export function follow(before, { view, look }) {
  const mine = CHOICES[view] ?? [];
  return { ...Object.fromEntries(Object.entries(before).filter(([name]) => !mine.includes(name))), ...look };
}

/** @param {string} view @param {Look} look @returns {Look} */
function ofView(view, look) {
  return Object.fromEntries((CHOICES[view] ?? []).filter((name) => look[name]).map((name) => [name, look[name]]));
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
