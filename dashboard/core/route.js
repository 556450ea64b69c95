// Where one is, as an address that can be kept: `#/incident/<id>?q=<filter>`.

/** @typedef {{view: string, id: string, filter: string}} Route */

/** Views that need the name of something. */
export const NAMED = new Set(["incident", "node", "link", "group"]);
export const PLAIN = new Set(["", "table", "incidents", "log", "score", "control"]);

/** Read an address; one that leads nowhere is the overview. @param {string} hash @returns {Route} */
export function read(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [view, ...rest] = path.split("/");
  const filter = new URLSearchParams(query).get("q") ?? "";
  const id = decoded(rest.join("/"));
  if (NAMED.has(view) && id) return { view, id, filter };
  return { view: PLAIN.has(view) && !id ? view : "", id: "", filter };
}

/** Write an address. @param {Partial<Route>} route */
export function write({ view = "", id = "", filter = "" }) {
  const path = id ? `${view}/${encodeURIComponent(id)}` : view;
  return `#/${path}${filter ? `?${new URLSearchParams({ q: filter })}` : ""}`;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
