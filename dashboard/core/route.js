// The view, the filter and the options of the view as an address: `#/incident/<id>?q=<filter>`, `#/table?sort=latency`.

/** @typedef {Record<string, string>} Options Options of views by their names in the address; defaults are left out. */
/** @typedef {{view: string, id: string, filter: string, options: Options}} Route */

/** Views of one element, incident or group, whose addresses contain its name. */
export const NAMED = new Set(["incident", "node", "link", "group"]);
export const PLAIN = new Set(["", "table", "incidents", "log", "score", "control"]);

const STAGE = ["averages"];
/** The options of each view. @type {Record<string, string[]>} */
const OPTIONS = {
  "": STAGE,
  incident: STAGE,
  group: STAGE,
  node: [...STAGE, "span"],
  link: [...STAGE, "span"],
  table: ["of", "sort", "down"],
  log: ["levels"],
};

/** Parse an address; an unknown one is the overview. @param {string} hash @returns {Route} */
export function read(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [view, ...rest] = path.split("/");
  const params = new URLSearchParams(query);
  const filter = params.get("q") ?? "";
  const id = decoded(rest.join("/"));
  const known = id ? NAMED.has(view) : PLAIN.has(view);
  const shown = known ? view : "";
  return { view: shown, id: known ? id : "", filter, options: ofView(shown, Object.fromEntries(params)) };
}

/** @param {Partial<Route>} route */
export function write({ view = "", id = "", filter = "", options = {} }) {
  const path = id ? `${view}/${encodeURIComponent(id)}` : view;
  const query = String(new URLSearchParams({ ...(filter ? { q: filter } : {}), ...ofView(view, options) }));
  return `#/${path}${query ? `?${query}` : ""}`;
}

/** The options before, with those of the route's own view replaced by those in its address. @param {Options} before @param {Route} route @returns {Options} */
export function follow(before, { view, options }) {
  const mine = OPTIONS[view] ?? [];
  return { ...Object.fromEntries(Object.entries(before).filter(([name]) => !mine.includes(name))), ...options };
}

/** @param {string} view @param {Options} options @returns {Options} */
function ofView(view, options) {
  return Object.fromEntries((OPTIONS[view] ?? []).filter((name) => options[name]).map((name) => [name, options[name]]));
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
