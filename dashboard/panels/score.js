// The scorecard: the figures of the loop, measured against the ground truth, with their targets.

import { address, board } from "../board.js";
import { figure, percent, title } from "../core/format.js";
import { rows, seconds, shares } from "../core/score.js";
import { emptyState, failure, head, html, icon, loading, nothing, outdated } from "../ui.js";

/** @typedef {import("../core/score.js").Row} Row */

const IN_BRIEF = new Set(["detected", "right_kind", "repaired", "detect", "repair", "auto", "needless"]);
const SHORT = /** @type {Record<string, string>} */ ({ detect: "MTTD, 95 of 100", repair: "MTTR, 95 of 100" });

/** The panel on the overview. */
export function scoreSummary() {
  const { score, state, failed } = board;
  const more = score ? html`${figure(score.faults, 0)} faults${outdated("score", "old")}` : "";
  const top = head(
    "brief-title",
    "Scorecard",
    more,
    html`<a class="button quiet small" href=${address("score")}>All</a>`,
  );
  if (!score)
    return html`${top}${failed.has("score") ? failure(failed.get("score") ?? "") : loading("Reading the scorecard")}`;
  const shown = rows(score, state.stats).filter((row) => IN_BRIEF.has(row.key));
  return html`${top}
    <ul class="score-brief">
      ${shown.map((row) => html`<li title=${row.more}><span class="name">${SHORT[row.key] ?? row.name}</span><span class="target">${row.target}</span><strong>${row.value}</strong>${met(row)}</li>`)}
    </ul>`;
}

export function scorecard() {
  const { score, state, failed } = board;
  const more = html`every incident is compared with the injected faults${outdated("score")}`;
  const top = head("page-title", "Scorecard", more);
  if (!score)
    return html`${top}${failed.has("score") ? failure(failed.get("score") ?? "") : loading("Reading the scorecard")}`;
  const kinds = Object.entries(score.by_kind ?? {});
  return html`${top}
    <div class="sheet" tabindex="0" role="group" aria-label="Scorecard">
      <ul class="tiles">
        ${rows(score, state.stats).map(tile)}
      </ul>
      <h3>By kind of fault</h3>
      ${
        kinds.length
          ? html`<table>
              <thead>
                <tr>
                  <th scope="col">Kind</th>
                  <th scope="col" class="n">Faults</th>
                  ${["Detected", "Right place", "Right cause", "Repaired"].map((name) => html`<th scope="col" class="n">${name}</th>`)}
                  ${["detect", "diagnose", "act", "repair"].map((name) => html`<th scope="col" class="n">${title(name)}, s</th>`)}
                </tr>
              </thead>
              <tbody>
                ${kinds.map(
                  ([kind, counts]) =>
                    html`<tr>
                      <th scope="row">${title(kind)}</th>
                      <td class="n">${counts.faults}</td>
                      ${shares(counts).map((row) => html`<td class="n">${percent(row.share)}</td>`)}${seconds(counts).map((row) => html`<td class="n">${row.value.replace(" s", "")}</td>`)}
                    </tr>`,
                )}
              </tbody>
            </table>`
          : emptyState("No fault was injected yet", "info")
      }
      <p class="end-note">
        Seconds are 95th percentiles in network time. Leaks and flaps are slow to show and are left out of the four
        times above. Targets are for single faults at speed 1; a campaign may inject several at once.
      </p>
    </div>`;
}

/** @param {Row} row */
const tile = (row) =>
  html`<li class="tile ${row.met === false ? "missed" : ""}">
    <p class="name">${row.name}</p>
    <p class="value"><strong>${row.value}</strong>${met(row)}</p>
    <p class="target">${row.target ? `target ${row.target}` : nothing}</p>
    <p class="more">${row.more}</p>
  </li>`;

/** @param {Row} row */
function met(row) {
  if (!row.target) return html`<span class="met"></span>`;
  if (row.met === null) return html`<span class="met">${icon("dash")}<span>open</span></span>`;
  return row.met
    ? html`<span class="met good">${icon("check")}<span>met</span></span>`
    : html`<span class="met bad">${icon("cross")}<span>missed</span></span>`;
}
