// Tables of nodes, links and other elements, sortable. Of a long table only the visible rows are in the document.

import { address, board, setOptions, touch } from "../board.js";
import { digitsOf, headOf, limitOf, metricsOf } from "../core/catalogue.js";
import { count, byName, figure, rate, short, title } from "../core/format.js";
import { nowOf, viewOf } from "../core/derive.js";
import { only } from "../core/filter.js";
import { badge, emptyState, head, html, icon, loading, mark, nothing } from "../ui.js";

/** @typedef {{key: string, name: string, metric?: import("../core/catalogue.js").Metric}} Column */
/** The first columns of nodes and links; other elements have only their name. @type {Record<string, Column[]>} */
const FIRST = {
  node: [
    { key: "id", name: "Node" },
    { key: "status", name: "Status" },
    { key: "type", name: "Type" },
  ],
  link: [
    { key: "id", name: "Link" },
    { key: "status", name: "Status" },
    { key: "capacity", name: "Capacity" },
  ],
};
const WORST_FIRST = ["down", "degraded", "affected", "healthy", "up"];
const ROW = 31;
const LONGEST_NAME = 48;
const ALL_BELOW = 120;
const AROUND = 12;
const SORTED = "status";
/** The visible part of the table, in pixels. */
const visible = { top: 0, height: 800 };

/** @typedef {{kind: string, columns: Column[], sort: string, down: boolean}} View */

const kinds = () => [...new Set(["node", "link", ...[...board.state.elements.values()].map((one) => one.kind)])];

/** The plural of a kind, in the address and on its button. @param {string} kind */
const plural = (kind) => `${kind}s`;

/** @param {string} kind @returns {Column[]} */
const columnsOf = (kind) => [
  ...(FIRST[kind] ?? [{ key: "id", name: title(kind) }]),
  ...metricsOf(board.state.catalogue, kind).map((metric) => ({ key: metric.name, name: headOf(metric), metric })),
];

/** @returns {View} */
function currentView() {
  const { of, sort, down } = board.options;
  const kind = kinds().find((one) => plural(one) === of) ?? "node";
  const columns = columnsOf(kind);
  const initial = kind in FIRST ? SORTED : "id";
  return { kind, columns, sort: columns.some(({ key }) => key === sort) ? sort : initial, down: down === "1" };
}

/** @param {string} kind @returns {Iterable<any>} */
function thingsOf(kind) {
  const { nodes, links, elements } = board.state;
  if (kind === "node") return nodes.values();
  return kind === "link" ? links.values() : [...elements.values()].filter((one) => one.kind === kind);
}

export function table() {
  const { state, filter } = board;
  const view = currentView();
  const tools = html`<div class="choice" role="group" aria-label="What">
    ${kinds().map((kind) => html`<button type="button" aria-pressed=${view.kind === kind} @click=${() => showKind({ of: kind === "node" ? "" : plural(kind), sort: "", down: "" })}>${title(plural(kind))}</button>`)}
  </div>`;
  const all = [...thingsOf(view.kind)];
  const items = only(filter, all);
  const top = head(
    "page-title",
    "Table",
    state.known ? `${figure(items.length, 0)} of ${count(all.length, view.kind)}` : nothing,
    tools,
  );
  if (!state.known) return html`${top}${loading("Waiting for the gateway")}`;
  if (!items.length)
    return html`${top}${emptyState(filter.terms.length ? "Nothing fits the filter" : `There are no ${plural(view.kind)}`, "info")}`;
  return html`${top}
    <div class="sheet" tabindex="0" role="group" aria-label=${plural(view.kind)} @scroll=${scrolled}>
      ${rows(items.sort(order(view)), view)}
    </div>`;
}

/** @param {any[]} items @param {View} view */
function rows(items, view) {
  const { columns } = view;
  const windowed = items.length > ALL_BELOW;
  const from = windowed ? Math.max(0, Math.floor(visible.top / ROW) - AROUND) : 0;
  const to = windowed ? Math.min(items.length, Math.ceil((visible.top + visible.height) / ROW) + AROUND) : items.length;
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
              <button type="button" class="plain" @click=${() => setOptions(sorted(column, view))}>
                ${column.name}${view.sort === column.key ? html`<i class="arrow ${view.down ? "down" : ""}">${icon("back")}</i>` : nothing}
              </button>
            </th>`,
        )}
      </tr>
    </thead>
    <tbody>
      ${spacer(from)}${items.slice(from, to).map((item, i) => row(item, from + i, view))}${spacer(items.length - to)}
    </tbody>
  </table>`;
}

/** Takes the height of rows out of sight; set as a property, since the content security policy forbids inline styles. @param {number} missing */
const spacer = (missing) =>
  missing > 0
    ? html`<tr aria-hidden="true" class="spacer">
        <td .height=${String(missing * ROW)}></td>
      </tr>`
    : nothing;

/** The options after a click on the head of a column: sorted by it, or in reverse if it was already. @param {Column} column @param {View} view */
function sorted(column, { sort, down }) {
  const turned = sort === column.key ? !down : isNumber(column);
  return { sort: column.key === SORTED ? "" : column.key, down: turned ? "1" : "" };
}

/** @param {any} item @param {number} index @param {View} view */
function row(item, index, { columns }) {
  return html`<tr class=${item.status ?? ""} aria-rowindex=${index + 2}>
    ${columns.map((column) => {
      if (column.metric) return cell(item, column.metric);
      if (column.key === "id")
        return html`<th scope="row">
          <a href=${address(viewOf(item.id), item.id)} title=${item.id}>${short(item.id, LONGEST_NAME)}</a>
        </th>`;
      if (column.key === "status") return html`<td>${badge(item.status)}</td>`;
      if (column.key === "type") return html`<td>${icon(item.type)} ${item.type}</td>`;
      return html`<td class="n">${rate(item.capacity)}</td>`;
    })}
  </tr>`;
}

/** @param {any} item @param {import("../core/catalogue.js").Metric} metric */
function cell(item, metric) {
  const now = nowOf(item, metric.name);
  const over = (now ?? 0) > (limitOf(metric, board.config) ?? Infinity);
  return html`<td class="n ${over ? "over" : ""}">
    ${over ? html`${mark("degraded")}<span class="unseen">over the limit</span>` : nothing}${figure(now, digitsOf(metric))}
  </td>`;
}

/** @param {View} view @returns {(a: any, b: any) => number} */
function order({ columns, sort, down }) {
  const sign = down ? -1 : 1;
  const figures = columns.some((column) => column.key === sort && isNumber(column));
  return (a, b) => {
    const [x, y] = [a[sort], b[sort]];
    const by =
      sort === "status"
        ? WORST_FIRST.indexOf(x) - WORST_FIRST.indexOf(y)
        : figures
          ? (nowOf(a, sort) ?? -1) - (nowOf(b, sort) ?? -1)
          : byName(x, y);
    return sign * by || byName(a.id, b.id);
  };
}

const isNumber = (/** @type {Column} */ column) => column.metric !== undefined || column.key === "capacity";

/** @param {import("../core/route.js").Options} changes */
function showKind(changes) {
  visible.top = 0;
  setOptions(changes);
}

/** @param {Event} event */
function scrolled(event) {
  const place = /** @type {HTMLElement} */ (event.currentTarget);
  visible.height = place.clientHeight;
  if (Math.abs(place.scrollTop - visible.top) < ROW) return;
  visible.top = place.scrollTop;
  touch("table");
}
