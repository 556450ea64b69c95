// Charts of the whole network: its averages since this page was opened, at most ten minutes of them.

import { board, watch } from "../board.js";
import { SUMMARY } from "../core/store.js";
import { figure } from "../core/format.js";
import { head, html, render } from "../ui.js";

/** @type {{key: typeof SUMMARY[number], name: string, unit: string, digits: number, tone: string, least: number}[]} */
const LINES = [
  { key: "avg_cpu", name: "CPU", unit: "%", digits: 1, tone: "line-1", least: 60 },
  { key: "avg_memory", name: "Memory", unit: "%", digits: 1, tone: "line-2", least: 60 },
  { key: "avg_latency", name: "Latency", unit: "ms", digits: 1, tone: "line-3", least: 20 },
  { key: "avg_packet_loss", name: "Loss", unit: "%", digits: 2, tone: "line-4", least: 1 },
];
const SHOWN_SECONDS = 120;
const EVERY = 500;

/** Put the charts in their panel; returns what takes them out again. @param {HTMLElement} host */
export function showAverages(host) {
  const charts = /** @type {(ReturnType<typeof import("../charts/chart.js").createChart> | undefined)[]} */ ([]);
  let shown = 0;
  let over = false;
  render(
    html`${head("averages-title", "Averages", "all nodes that answer, the last two minutes")}
      <div class="charts">
        ${LINES.map(
          (line) =>
            html`<figure>
              <figcaption>${line.name}<strong data-key=${line.key}>–</strong></figcaption>
              <div class="plot"></div>
            </figure>`,
        )}
      </div>`,
    host,
  );
  import("../charts/chart.js").then(({ createChart }) => {
    if (over) return;
    host
      .querySelectorAll(".plot")
      .forEach((place, i) => charts.push(createChart(/** @type {HTMLElement} */ (place), LINES[i])));
    paint();
  });
  const numbers = /** @type {NodeListOf<HTMLElement>} */ (host.querySelectorAll("[data-key]"));

  function paint() {
    const { summary, averages } = board.state;
    LINES.forEach((line, i) => {
      const text = summary ? `${figure(summary[line.key], line.digits)} ${line.unit}` : "–";
      if (numbers[i].textContent !== text) numbers[i].textContent = text;
    });
    if (!charts.length || performance.now() - shown < EVERY) return;
    shown = performance.now();
    const columns = averages.view(averages.newest - SHOWN_SECONDS);
    LINES.forEach((line, i) => charts[i]?.show(columns[0], columns[SUMMARY.indexOf(line.key) + 1]));
  }

  const end = watch(["summary"], paint);
  return () => {
    over = true;
    end();
    charts.forEach((chart) => chart?.end());
  };
}
