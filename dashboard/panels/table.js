// Nodes and links as tables: the same as on the map, sortable, with only the rows in the page that are in sight.

import { address, board, setLook, touch } from "../board.js";
import { count, byName, figure, rate, short } from "../core/format.js";
import { nowOf } from "../core/derive.js";
import { only } from "../core/filter.js";
import { badge, calm, head, html, icon, loading, mark, nothing } from "../ui.js";

/** @typedef {{key: string, name: string, digits?: number, limit?: string}} Column */
/** @type {Record<"nodes"|"links", Column[]>} */
const COLUMNS = {
  nodes: [
    { key: "id", name: "Node" },
    { key: "status", name: "Status" },
    { key: "type", name: "Type" },
    { key: "cpu_usage", name: "CPU, %", digits: 1 },
    { key: "memory_usage", name: "Memory, %", digits: 1 },
    { key: "latency", name: "Latency, ms", digits: 1 },
    { key: "packet_loss", name: "Loss, %", digits: 2 },
    { key: "throughput", name: "Mbit/s", digits: 0 },
  ],
  links: [
    { key: "id", name: "Link" },
    { key: "status", name: "Status" },
    { key: "capacity", name: "Capacity" },
    { key: "utilization", name: "Used, %", digits: 1 },
    { key: "latency", name: "Latency, ms", digits: 1 },
    { key: "packet_loss", name: "Loss, %", digits: 2 },
  ],
};
const WORST_FIRST = ["down", "degraded", "affected", "healthy", "up"];
const ROW = 31;
const LONGEST_NAME = 48;
const ALL_BELOW = 120;
const AROUND = 12;
const SORTED = "status";
/** What of it is in sight. */
const sight = { top: 0, height: 800 };

/** What is looked at, as the address says. @returns {{what: "nodes"|"links", sort: string, down: boolean}} */
function look() {
  const { of, sort, down } = board.look;
  const what = of === "links" ? "links" : "nodes";
  return { what, sort: COLUMNS[what].some(({ key }) => key === sort) ? sort : SORTED, down: down === "1" };
}

export function table() {
  const { state, filter } = board;
  const view = look();
  const tools = html`<div class="choice" role="group" aria-label="What">
    ${/** @type {const} */ (["nodes", "links"]).map((what) => html`<button type="button" aria-pressed=${view.what === what} @click=${() => turn({ of: what === "nodes" ? "" : what, sort: "", down: "" })}>${what === "nodes" ? "Nodes" : "Links"}</button>`)}
  </div>`;
  const items = /** @type {any[]} */ (only(filter, /** @type {Iterable<any>} */ (state[view.what].values())));
  const total = state[view.what].size;
  const top = head(
    "page-title",
    "Table",
    state.known ? `${figure(items.length, 0)} of ${count(total, view.what.slice(0, -1))}` : nothing,
    tools,
  );
  if (!state.known) return html`${top}${loading("Waiting for the gateway")}`;
  if (!items.length)
    return html`${top}${calm(filter.terms.length ? "Nothing fits the filter" : `There are no ${view.what}`, "info")}`;
  return html`${top}
    <div class="sheet" tabindex="0" role="group" aria-label=${view.what} @scroll=${scrolled}>
      ${rows(items.sort(order(view)), view)}
    </div>`;
}

/** @param {any[]} items @param {ReturnType<typeof look>} view */
function rows(items, view) {
  const columns = COLUMNS[view.what];
  const windowed = items.length > ALL_BELOW;
  const from = windowed ? Math.max(0, Math.floor(sight.top / ROW) - AROUND) : 0;
  const to = windowed ? Math.min(items.length, Math.ceil((sight.top + sight.height) / ROW) + AROUND) : items.length;
  return html`<table aria-rowcount=${items.length + 1}>
    <thead>
      <tr aria-rowindex="1">
        ${columns.map(
          (column) =>
            html`<th
              scope="col"
              class=${isNumber(column) ? "n" : ""}
              aria-sort=${view.sort === column.key ? (view.down ? "descending" : "ascending") : nothing}
            >
              <button type="button" class="plain" @click=${() => setLook(sorted(column, view))}>
                ${column.name}${view.sort === column.key ? html`<i class="arrow ${view.down ? "down" : ""}">${icon("back")}</i>` : nothing}
              </button>
            </th>`,
        )}
      </tr>
    </thead>
    <tbody>
      ${spacer(from)}${items.slice(from, to).map((item, i) => row(item, from + i, view.what))}${spacer(items.length - to)}
    </tbody>
  </table>`;
}

/** Room for rows that are out of sight; set by the object model, as the page's policy wants it. @param {number} missing */
const spacer = (missing) =>
  missing > 0
    ? html`<tr aria-hidden="true" class="spacer">
        <td .height=${String(missing * ROW)}></td>
      </tr>`
    : nothing;

/** What a press on the head of a column asks for: the other way round where it is sorted by already. @param {Column} column @param {ReturnType<typeof look>} view */
function sorted(column, { sort, down }) {
  const turned = sort === column.key ? !down : isNumber(column);
  return { sort: column.key === SORTED ? "" : column.key, down: turned ? "1" : "" };
}

/** @param {any} item @param {number} index @param {"nodes"|"links"} what */
function row(item, index, what) {
  const kind = what === "nodes" ? "node" : "link";
  return html`<tr class=${item.status} aria-rowindex=${index + 2}>
    ${COLUMNS[what].map((column) => {
      if (column.key === "id")
        return html`<th scope="row">
          <a href=${address(kind, item.id)} title=${item.id}>${short(item.id, LONGEST_NAME)}</a>
        </th>`;
      if (column.key === "status") return html`<td>${badge(item.status)}</td>`;
      if (column.key === "type") return html`<td>${icon(item.type)} ${item.type}</td>`;
      if (column.key === "capacity") return html`<td class="n">${rate(item.capacity)}</td>`;
      return html`<td class="n ${isOver(column.key, item, what) ? "over" : ""}">
        ${isOver(column.key, item, what) ? html`${mark("degraded")}<span class="unseen">over the limit</span>` : nothing}${figure(nowOf(item, column.key), column.digits)}
      </td>`;
    })}
  </tr>`;
}

/** @param {string} key @param {any} item @param {"nodes"|"links"} what */
function isOver(key, item, what) {
  const limit = what === "nodes" ? /** @type {any} */ (board.config?.thresholds)?.[key] : undefined;
  return limit !== undefined && (nowOf(item, key) ?? 0) > limit;
}

/** @param {ReturnType<typeof look>} view @returns {(a: any, b: any) => number} */
function order({ sort, down }) {
  const sign = down ? -1 : 1;
  return (a, b) => {
    const [x, y] = [a[sort], b[sort]];
    const by =
      sort === "status"
        ? WORST_FIRST.indexOf(x) - WORST_FIRST.indexOf(y)
        : typeof x === "number" || typeof y === "number"
          ? (nowOf(a, sort) ?? -1) - (nowOf(b, sort) ?? -1)
          : byName(x, y);
    return sign * by || byName(a.id, b.id);
  };
}

const isNumber = (/** @type {Column} */ column) => column.digits !== undefined || column.key === "capacity";

/** See the other things, from the top. @param {import("../core/route.js").Look} changes */
function turn(changes) {
  sight.top = 0;
  setLook(changes);
}

/** @param {Event} event */
function scrolled(event) {
  const place = /** @type {HTMLElement} */ (event.currentTarget);
  sight.height = place.clientHeight;
  if (Math.abs(place.scrollTop - sight.top) < ROW) return;
  sight.top = place.scrollTop;
  touch("table");
}
