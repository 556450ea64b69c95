// The panel of one element: status, charts, links, incidents, and a button to inject a fault.

import { address, board, go, touch, watch } from "../board.js";
import { api } from "../gateway.js";
import { digitsOf, limitOf, measure, metricIn, metricOf, metricsOf, valueOf } from "../core/catalogue.js";
import { elementOf, isOpen, kindOf, nowOf, viewOf } from "../core/derive.js";
import { isOf } from "../core/filter.js";
import { ago, clock, count, figure, percent, rate, title } from "../core/format.js";
import { createLines } from "../charts/lines.js";
import { badge, failure, html, icon, loading, mark, nothing, render } from "../ui.js";

/** @typedef {import("../core/catalogue.js").Metric} Metric */

const TONES = ["line-1", "line-2", "line-3", "line-4", "line-5"];
/** The least upper end of a chart's axis, by the role of its metric. @type {Record<string, number>} */
const LEAST = { work: 60, memory: 60, load: 60, delay: 20, loss: 1, traffic: 100 };

/** Show an element's panel; return a function that removes it. @param {HTMLElement} host @param {string} id */
export function showElement(host, id) {
  const current = () => elementOf(board.state, id);
  /** @type {Metric[]} */
  let metrics = [];
  /** @type {ReturnType<typeof createLines> | null} */
  let lines = null;
  let drawn = "";

  /** Make the charts of the element's metrics, once the element is known and whenever the catalogue changes. */
  function begin() {
    if (!current()) return;
    const wanted = metricsOf(board.state.catalogue, kindOf(board.state, id));
    if (JSON.stringify(wanted) === drawn) return;
    drawn = JSON.stringify(wanted);
    metrics = wanted;
    lines?.end();
    render(null, host);
    lines = linesOf(id, metrics);
  }

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
          ${"status" in element ? badge(element.status) : nothing}${about(element)}<button type="button" class="quiet small" @click=${() => injectAt(id)}>
            ${icon("bolt")}Inject a fault
          </button>
        </div>
        ${observationsOf(id)} ${lines?.choice()} ${lines?.failed ? failure(lines.failed, lines.past) : nothing}
        <div class="charts tall">
          ${metrics.map((metric) => {
            const limit = limitOf(metric, board.config);
            const now = nowOf(element, metric.name);
            const over = limit !== null && (now ?? 0) > limit;
            return html`<figure>
              <figcaption>
                ${metric.label}${limit === null ? nothing : html`<small>limit ${measure(metric, limit)}</small>`}<strong
                  class=${over ? "over" : ""}
                  >${over ? mark("degraded") : nothing}${measure(metric, now)}</strong
                >
              </figcaption>
              <div class="plot" data-metric=${metric.name}></div>
            </figure>`;
          })}
        </div>
        ${"connections" in element ? linksOf(id) : nothing}${incidentsOf(id)}
      </div>`;
  }

  const paint = () => {
    begin();
    render(view(), host);
    lines?.put(host.querySelectorAll(".plot"));
    lines?.live();
  };
  const end = watch(["nodes", "links", "incidents", "observations", "element", "config", "filter", "options"], paint);
  return () => {
    end();
    lines?.end();
  };
}

/** @param {string} id @param {Metric[]} metrics */
function linesOf(id, metrics) {
  return createLines(
    metrics.map((metric, i) => ({
      name: `${metric.label} of ${id}`,
      unit: metric.unit,
      digits: digitsOf(metric),
      tone: TONES[i % TONES.length],
      least: LEAST[metric.role ?? ""],
    })),
    "span",
    {
      read: (query) =>
        Promise.all(metrics.map(async ({ name }) => (await api.history({ node: id, metric: name, ...query })).points)),
      values() {
        const element = elementOf(board.state, id);
        return element ? metrics.map(({ name }) => nowOf(element, name)) : null;
      },
      limit: (i) => limitOf(metrics[i], board.config),
      changed: () => touch("element"),
    },
  );
}

/** @param {string} id */
function injectAt(id) {
  board.faultTarget = id;
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
  if (!("connections" in element)) return html`<span class="dim">${element.kind}</span>`;
  return html`<span class="dim"
    >${icon(element.type)} ${element.type}, ${count(element.connections.length, "link")}</span
  >`;
}

/** What is unusual about an element and harms nobody: no status, so that it has no colour of one. @param {string} id */
function observationsOf(id) {
  const { observations, catalogue, now } = board.state;
  return observations
    .filter((one) => one.node === id)
    .map((one) => {
      const metric = metricOf(catalogue, kindOf(board.state, id), one.metric);
      const [value, expected] = [one.value, one.expected].map((one) => measure(metric, one));
      return html`<p class="observed">
        ${icon("detect")}<span
          ><b>Busy, nobody harmed:</b> ${metric?.label ?? one.metric} ${value} where ${expected} is expected, since
          <time datetime=${one.since}>${clock(one.since, now)}</time></span
        >
      </p>`;
    });
}

/** @param {string} id */
function linksOf(id) {
  const load = metricIn(board.state.catalogue, "link", "load")?.name;
  const used = (/** @type {import("../types").LinkBody} */ link) => valueOf(link, load);
  const links = [...board.state.links.values()].filter((link) => link.source === id || link.target === id);
  return html`<h3>Links</h3>
    <ul class="rows">
      ${links.map(
        (link) =>
          html`<li>
            <a href=${address("link", link.id)}>${link.source === id ? link.target : link.source}</a
            >${badge(link.status)}<span class="meter" role="img" aria-label=${`${figure(used(link), 0)} % used`}
              ><i class="m${Math.min(10, Math.round((used(link) ?? 0) / 10))}"></i></span
            ><span class="n">${figure(used(link), 0)} %</span>
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
