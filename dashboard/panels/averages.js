// Charts of the averages of all nodes: now and over the last hour.

import { board, touch, watch } from "../board.js";
import { api } from "../gateway.js";
import { digitsOf, metricIn } from "../core/catalogue.js";
import { quantity } from "../core/format.js";
import { head, html, icon, render } from "../ui.js";

/** The averages that the gateway sends, each with the role of its metric. @type {{key: "avg_cpu" | "avg_memory" | "avg_latency" | "avg_packet_loss", role: import("../core/catalogue.js").Role, tone: string, least: number}[]} */
const AVERAGES = [
  { key: "avg_cpu", role: "work", tone: "line-1", least: 60 },
  { key: "avg_memory", role: "memory", tone: "line-2", least: 60 },
  { key: "avg_latency", role: "delay", tone: "line-3", least: 20 },
  { key: "avg_packet_loss", role: "loss", tone: "line-4", least: 1 },
];
/** Takes the place of a label until the catalogue is there, so that the layout does not move. */
const BLANK = "\u00a0";

const linesOf = () =>
  AVERAGES.map((one) => {
    const metric = metricIn(board.state.catalogue, "node", one.role);
    return { ...one, name: metric?.label ?? BLANK, unit: metric?.unit ?? "", digits: metric ? digitsOf(metric) : 1 };
  });

/** The note that the past could not be read; the charts go on with new values. @param {{past: () => void, failed: string}} lines */
const unread = (lines) =>
  html`<span role="alert" title=${lines.failed}>${icon("warn", "warn")} no past</span>
    <button type="button" class="quiet small" @click=${lines.past}>Try again</button>`;

/** Show the charts; return a function that removes them. @param {HTMLElement} host */
export function showAverages(host) {
  /** @type {ReturnType<typeof import("../charts/lines.js").createLines> | null} */
  let lines = null;
  let over = false;
  /** @type {typeof import("../charts/lines.js").createLines | null} */
  let createLines = null;
  import("../charts/lines.js").then((charts) => {
    ({ createLines } = charts);
    paint();
  });

  /** Start once both the module of the charts and the catalogue are loaded. */
  function begin() {
    if (over || lines || !createLines || !board.state.catalogue.metrics.length) return;
    lines = createLines(linesOf(), "averages", {
      async read(query) {
        const { points } = await api.averages(query);
        return AVERAGES.map(({ key }) =>
          points.map((/** @type {import("../types").AveragesPoint} */ one) => ({ at: one.at, value: one[key] })),
        );
      },
      values: () => {
        const { summary } = board.state;
        return summary ? AVERAGES.map(({ key }) => summary[key]) : null;
      },
      changed: () => touch("averages"),
    });
  }

  function paint() {
    if (over) return;
    begin();
    render(view(), host);
    lines?.put(host.querySelectorAll(".plot"));
    lines?.live();
  }

  function view() {
    const { summary } = board.state;
    return html`${head("averages-title", "Averages", lines?.failed ? unread(lines) : "answering nodes", lines?.choice())}
      <div class="charts">
        ${linesOf().map(
          (line) =>
            html`<figure>
              <figcaption>
                ${line.name}<strong data-key=${line.key}
                  >${summary ? quantity(summary[line.key], line.unit, line.digits) : "–"}</strong
                >
              </figcaption>
              <div class="plot"></div>
            </figure>`,
        )}
      </div>`;
  }

  const end = watch(["summary", "averages", "options"], paint);
  return () => {
    over = true;
    end();
    lines?.end();
  };
}
