// One node or link beside the map: how it is, its charts, what it is linked to, its incidents, and a fault to inject.

import { address, board, go, touch, watch } from "../board.js";
import { api } from "../gateway.js";
import { isLink, isOpen, nowOf, viewOf } from "../core/derive.js";
import { isOf } from "../core/filter.js";
import { METRICS, ago, count, figure, measure, percent, rate, title } from "../core/format.js";
import { createLines } from "../charts/lines.js";
import { badge, failure, html, icon, loading, mark, nothing, render } from "../ui.js";

const NODE_METRICS = ["cpu_usage", "memory_usage", "latency", "packet_loss", "throughput"];
const LINK_METRICS = ["utilization", "latency", "packet_loss"];
const TONES = ["line-1", "line-2", "line-3", "line-4", "line-5"];
const LEAST = /** @type {Record<string, number>} */ ({
  cpu_usage: 60,
  memory_usage: 60,
  utilization: 60,
  latency: 20,
  packet_loss: 1,
  throughput: 100,
});
/** Put an element's panel in the side; returns what takes it out. @param {HTMLElement} host @param {string} id */
export function showElement(host, id) {
  const metrics = isLink(id) ? LINK_METRICS : NODE_METRICS;

  const current = () => (isLink(id) ? board.state.links.get(id) : board.state.nodes.get(id));
  const limitOf = (/** @type {string} */ metric) =>
    /** @type {Record<string, number> | undefined} */ (/** @type {unknown} */ (board.config?.thresholds))?.[metric] ??
    null;

  const lines = createLines(
    metrics.map((metric, i) => {
      const { label, unit, digits } = METRICS[metric];
      return { name: `${label} of ${id}`, unit, digits, tone: TONES[i], least: LEAST[metric] };
    }),
    "span",
    {
      read: (query) =>
        Promise.all(metrics.map(async (metric) => (await api.history({ node: id, metric, ...query })).points)),
      values: () => (current() ? metrics.map((metric) => nowOf(current(), metric)) : null),
      limit: (i) => limitOf(metrics[i]),
      changed: () => touch("element"),
    },
  );

  function view() {
    const element = current();
    const back = html`<a class="button quiet small" href=${address("")}>${icon("back")}Incidents</a>`;
    const top = html`<header class="head">
      <h2 id="side-title">${id}</h2>
      <p class="more"></p>
      <div class="tools">${back}</div>
    </header>`;
    if (!element)
      return html`${top}${board.state.known ? failure(`There is no ${viewOf(id)} named ${id}.`) : loading("Waiting for the gateway")}`;
    return html`${top}
      <div class="scroll" tabindex="0" role="group" aria-label=${id}>
        <div class="facts-row">
          ${badge(element.status)}${about(element)}<button type="button" class="quiet small" @click=${() => aimAt(id)}>
            ${icon("bolt")}Inject a fault
          </button>
        </div>
        ${lines.choice()} ${lines.failed ? failure(lines.failed, lines.past) : nothing}
        <div class="charts tall">
          ${metrics.map((metric) => {
            const limit = limitOf(metric);
            const now = nowOf(element, metric);
            const over = limit !== null && (now ?? 0) > limit;
            return html`<figure>
              <figcaption>
                ${METRICS[metric].label}${limit === null ? nothing : html`<small>limit ${measure(metric, limit)}</small>`}<strong
                  class=${over ? "over" : ""}
                  >${over ? mark("degraded") : nothing}${measure(metric, now)}</strong
                >
              </figcaption>
              <div class="plot" data-metric=${metric}></div>
            </figure>`;
          })}
        </div>
        ${isLink(id) ? nothing : linksOf(id)}${incidentsOf(id)}
      </div>`;
  }

  const paint = () => {
    render(view(), host);
    lines.put(host.querySelectorAll(".plot"));
    lines.live();
  };
  const end = watch(["nodes", "links", "incidents", "element", "config", "filter", "look"], paint);
  return () => {
    end();
    lines.end();
  };
}

/** @param {string} id */
function aimAt(id) {
  board.aim = id;
  go("control");
}

/** @param {any} element */
function about(element) {
  if ("capacity" in element)
    return html`<span class="dim"
      >${icon("link")} ${rate(element.capacity)}, between
      <a href=${address("node", element.source)}>${element.source}</a> and
      <a href=${address("node", element.target)}>${element.target}</a></span
    >`;
  return html`<span class="dim"
    >${icon(element.type)} ${element.type}, ${count(element.connections.length, "link")}</span
  >`;
}

/** @param {string} id */
function linksOf(id) {
  const links = [...board.state.links.values()].filter((link) => link.source === id || link.target === id);
  return html`<h3>Links</h3>
    <ul class="rows">
      ${links.map(
        (link) =>
          html`<li>
            <a href=${address("link", link.id)}>${link.source === id ? link.target : link.source}</a
            >${badge(link.status)}<span class="meter" role="img" aria-label=${`${figure(link.utilization, 0)} % used`}
              ><i class="m${Math.min(10, Math.round((link.utilization ?? 0) / 10))}"></i></span
            ><span class="n">${figure(link.utilization, 0)} %</span>
          </li>`,
      )}
    </ul>`;
}

/** @param {string} id */
function incidentsOf(id) {
  const found = [...board.state.incidents.values()]
    .filter((one) => one.elements.some((element) => isOf(id, element)))
    .reverse();
  return html`<h3>Its recent incidents</h3>
    ${
      found.length
        ? html`<ul class="rows">
            ${found.map((one) => html`<li><a href=${address("incident", one.id)}>${title(one.type)}</a>${badge(one.status)}<span class="dim">${isOpen(one) ? ago(one.timestamp, board.state.now) : `${figure(one.resolution_seconds, 1)} s`}</span><span class="n">${percent(one.cause?.confidence)}</span></li>`)}
          </ul>`
        : html`<p class="dim">None among the recent ones.</p>`
    }`;
}
