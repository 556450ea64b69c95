// The panel of the map: head with counts, the map, legend and zoom. It connects the map to the board.

import { board, go, touch, watch } from "../board.js";
import { createMap } from "../map/map.js";
import { HEAT_LABELS, linkSentence, nodeSentence } from "../map/looks.js";
import { metricIn, valueOf } from "../core/catalogue.js";
import { causes, focusOf, openCount, isLink, viewOf } from "../core/derive.js";
import { count, plain } from "../core/format.js";
import { only } from "../core/filter.js";
import { badge, emptyState, head, html, icon, loading, mark, nothing, render } from "../ui.js";

export const GROUPED_FROM = 1000;
const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {ReturnType<typeof createMap> | null} */
let map = null;
/** @type {typeof import("../map/group.js") | null} */
let groups = null;
let hovered = "";

/** The map after it was shown first; for tests. */
export const theMap = () => map;

/** Show the map; return a function that stops its updates. */
export function showTopology() {
  map ??= makeMap();
  const ends = [
    watch(["topology", "route", "detail", "groups"], updateTopology),
    watch(["nodes", "links"], updateValues),
    watch(["filter", "incidents", "detail", "route", "groups"], updateAttention),
    watch(["summary", "incidents", "filter", "hover", "groups", "route"], paintHead),
    watch(["topology", "groups", "route"], paintFoot),
  ];
  return () => ends.forEach((end) => end());
}

function makeMap() {
  const created = createMap(byId("map"), used);
  created.on("select", (id) => {
    if (!id)
      return board.route.view === "incident"
        ? undefined
        : go(groups && board.route.id && groupOf(board.route.id) ? "group" : "", groups ? groupOf(board.route.id) : "");
    if (groups?.isGroup(id)) return go("group", id);
    go(viewOf(id), id);
  });
  created.on("hover", (id) => {
    if (id === hovered) return;
    hovered = id;
    byId("map").classList.toggle("over", Boolean(id));
    touch("hover");
  });
  created.on("cursor", (id) => {
    hovered = id;
    byId("spoken").textContent = plain(sentence(id));
    touch("hover");
  });
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => created.recolour());
  document.fonts.ready.then(() => created.recolour());
  return created;
}

const grouped = () => board.state.nodes.size > GROUPED_FROM && !new URLSearchParams(location.search).has("ungrouped");
const groupOf = (/** @type {string} */ id) => groups?.groupOf(id) ?? "";

/** The nodes and links to draw: all, or groups, or the inside of a group. */
function drawn() {
  const { state, route } = board;
  if (!grouped()) return { nodes: [...state.nodes.values()], links: [...state.links.values()] };
  if (!groups) {
    import("../map/group.js").then((module) => {
      groups = module;
      touch("groups");
    });
    return { nodes: [], links: [] };
  }
  return groups.drawn(state.nodes, state.links, route.view === "group" ? route.id : groupOf(shownElement()), state.topologyVersion, used);
}

/** @param {import("../types").LinkBody} link */
const used = (link) => valueOf(link, metricIn(board.state.catalogue, "link", "load")?.name);

/** The shown node, or the cause of the shown incident; of a link, one of its ends. */
function shownElement() {
  const { route, detail } = board;
  const element =
    route.view === "incident" ? (detail?.id === route.id ? (detail.cause?.node ?? detail.node_id) : "") : route.id;
  return isLink(element) ? element.split("--")[0] : element;
}

function updateTopology() {
  const { nodes, links } = drawn();
  map?.topology(nodes, links);
}

function updateValues() {
  const { nodes, links } = drawn();
  map?.state(nodes, links);
}

function updateAttention() {
  const { state, route, detail, filter } = board;
  const focus = route.view === "incident" && detail?.id === route.id ? focusOf(detail) : null;
  const shown = filter.terms.length
    ? new Set([...only(filter, state.nodes.values()), ...only(filter, state.links.values())].map((one) => one.id))
    : null;
  const open = causes(state.incidents.values());
  const lifted = groups && grouped() ? groups.lift : (/** @type {Set<string>} */ ids) => ids;
  map?.attend({
    focus: focus && { cause: lifted(focus.cause), evidence: lifted(focus.evidence), affected: lifted(focus.affected) },
    shown: shown && lifted(shown),
    causes: lifted(open),
    selected: route.view === "node" || route.view === "link" ? route.id : "",
  });
}

function paintHead() {
  const { state, filter, route } = board;
  const { summary } = state;
  const more = !summary
    ? "waiting for the network"
    : hovered
      ? sentence(hovered)
      : `${count(summary.total_nodes, "node")}, ${count(state.links.size, "link")}`;
  const inside = grouped() && (route.view === "group" || route.view === "node" || route.view === "link");
  const tools = html`${inside ? html`<button type="button" class="quiet small" @click=${() => go("")}>${icon("back")}All groups</button>` : nothing}
  ${/** @type {const} */ (["down", "degraded", "affected"]).map((status) => (summary?.[status] ? badge(status, `${summary[status]} ${status}`) : nothing))}
  ${filter.terms.length ? html`<span class="badge accent">${icon("search")}<span>filtered</span></span>` : nothing}`;
  render(head("topology-title", "Network", more, tools), byId("topology-head"));
  const empty = !state.nodes.size;
  byId("map").hidden = empty;
  render(
    !empty ? nothing : state.known ? emptyState("The network has no nodes", "info") : loading("Waiting for the network"),
    byId("map-blank"),
  );
  const open = openCount(state.stats);
  byId("map").setAttribute(
    "aria-label",
    summary
      ? `Network map: ${count(summary.total_nodes, "node")}, ${summary.down} down, ${summary.degraded} degraded, ${summary.affected} affected, ${count(open, "open incident")}`
      : "Network map",
  );
}

/** @param {string} id */
function sentence(id) {
  const { nodes, links } = board.state;
  const node = nodes.get(id);
  if (node) return nodeSentence(node, board.state.catalogue);
  const link = links.get(id);
  if (link) return linkSentence(link, board.state.catalogue);
  return groups?.sentence(id, nodes) ?? "";
}

function paintFoot() {
  render(
    html`<div class="foot">
      <ul class="legend" aria-label="Legend">
        <li>${icon("router")}router</li>
        <li>${icon("switch")}switch</li>
        <li>${icon("server")}server</li>
        <li>${mark("down")}down</li>
        <li>${mark("degraded")}degraded</li>
        <li>${mark("affected")}affected</li>
        <li><i class="key cause"></i>cause</li>
        ${
          board.route.view === "incident"
            ? html`<li><i class="key evidence"></i>evidence</li>
                <li><i class="key faint"></i>not concerned</li>`
            : nothing
        }
        <li><i class="key wide"></i>width: capacity</li>
        <li>used ${HEAT_LABELS.map((label, i) => html`<span><i class="key heat${i}"></i>${label}</span>`)}</li>
        <li><i class="key cut"></i>cut</li>
      </ul>
      <p class="unseen" id="map-help">
        Arrow keys move from node to node, Enter opens one, plus and minus zoom, 0 shows all. The table view
        shows the same.
      </p>
      <div class="zoom" role="group" aria-label="Zoom">
        <button type="button" class="quiet small" aria-label="Closer" @click=${() => map?.zoom(1.3)}>
          ${icon("plus")}
        </button>
        <button type="button" class="quiet small" aria-label="Further" @click=${() => map?.zoom(1 / 1.3)}>
          ${icon("dash")}
        </button>
        <button type="button" class="quiet small" aria-label="Show all" @click=${() => map?.fit()}>
          ${icon("fit")}
        </button>
      </div>
    </div>`,
    byId("topology-foot"),
  );
}
