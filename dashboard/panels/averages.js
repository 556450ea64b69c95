// Charts of the whole network: the averages of its nodes, now and over the last hour.

import { board, touch, watch } from "../board.js";
import { api } from "../gateway.js";
import { quantity } from "../core/format.js";
import { head, html, icon, render } from "../ui.js";

/** @type {{key: "avg_cpu" | "avg_memory" | "avg_latency" | "avg_packet_loss", name: string, unit: string, digits: number, tone: string, least: number}[]} */
const LINES = [
  { key: "avg_cpu", name: "CPU", unit: "%", digits: 1, tone: "line-1", least: 60 },
  { key: "avg_memory", name: "Memory", unit: "%", digits: 1, tone: "line-2", least: 60 },
  { key: "avg_latency", name: "Latency", unit: "ms", digits: 1, tone: "line-3", least: 20 },
  { key: "avg_packet_loss", name: "Loss", unit: "%", digits: 2, tone: "line-4", least: 1 },
];

/** The present goes on where the past cannot be read; there is no room for more than a line. @param {{past: () => void, failed: string}} lines */
const unread = (lines) =>
  html`<span role="alert" title=${lines.failed}>${icon("warn", "warn")} no past</span>
    <button type="button" class="quiet small" @click=${lines.past}>Try again</button>`;

/** Put the charts in their panel; returns what takes them out again. @param {HTMLElement} host */
export function showAverages(host) {
  /** @type {ReturnType<typeof import("../charts/lines.js").createLines> | null} */
  let lines = null;
  let over = false;
  import("../charts/lines.js").then(({ createLines }) => {
    if (over) return;
    lines = createLines(LINES, "averages", {
      async read(query) {
        const { points } = await api.averages(query);
        return LINES.map(({ key }) =>
          points.map((/** @type {import("../types").AveragesPoint} */ one) => ({ at: one.at, value: one[key] })),
        );
      },
      values: () => {
        const { summary } = board.state;
        return summary ? LINES.map(({ key }) => summary[key]) : null;
      },
      changed: () => touch("averages"),
    });
    paint();
  });

  function paint() {
    render(view(), host);
    lines?.put(host.querySelectorAll(".plot"));
    lines?.live();
  }

  function view() {
    const { summary } = board.state;
    return html`${head("averages-title", "Averages", lines?.failed ? unread(lines) : "answering nodes", lines?.choice())}
      <div class="charts">
        ${LINES.map(
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

  const end = watch(["summary", "averages", "look"], paint);
  return () => {
    over = true;
    end();
    lines?.end();
  };
}
