// The loop as a strip: six stages with rate and last event, and the outcomes of the last cycles.

import { board } from "../board.js";
import { ago, figure } from "../core/format.js";
import { STAGES, cycleOutcomes, rates } from "../core/activity.js";
import { head, html, icon, nothing } from "../ui.js";

const CYCLES = 24;
const RECENT = 4000;

export function loop() {
  const { state, activity } = board;
  const rate = rates(state);
  return html`${head("loop-title", "The loop", cycleText(), trail())}
    <ol class="stages">
      ${STAGES.map((stage) => {
        const last = activity.last[stage.key];
        const lit = last && state.now - Date.parse(last.at) < RECENT;
        return html`<li class=${lit ? "lit" : ""} data-stage=${stage.key}>
          <i class="beat" data-number=${last?.number ?? 0} aria-hidden="true"></i>
          <p class="name">
            ${icon(stage.key)}<strong>${stage.name}</strong
            ><span class="rate" title="events in the last minute, counted over the received cycles"
              >${rate[stage.key] === null ? "–" : figure(rate[stage.key], 0)}<small>/min</small></span
            >
          </p>
          <p class="last" title=${last?.text ?? ""}>${last ? last.text : "nothing yet"}</p>
          <p class="when">${last ? ago(last.at, state.now) : nothing}</p>
        </li>`;
      })}
    </ol>`;
}

function cycleText() {
  const { status } = board.state;
  if (!status) return "waiting for the first cycle";
  return `cycle ${figure(status.cycle_count, 0)}, ${status.running ? "running" : "stopped: nothing is injected"}`;
}

/** One mark for each of the last cycles; its shape and colour show the outcome. */
function trail() {
  const last = cycleOutcomes(board.state, CYCLES);
  if (!last.length) return nothing;
  const repaired = last.filter((one) => one.outcome === "repaired").length;
  const faulty = last.filter((one) => one.outcome !== "quiet").length;
  return html`<p class="trail">
    <span class="unseen">${faulty} of the last ${last.length} cycles had faults; ${repaired} of them were repaired</span>
    ${last.map((one) => html`<i class=${one.outcome} title=${one.text} aria-hidden="true"></i>`)}
  </p>`;
}

/** Animate the stages with a new event, unless the user prefers reduced motion. @param {HTMLElement} host */
export function pulse(host) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const mark of /** @type {NodeListOf<HTMLElement>} */ (host.querySelectorAll(".beat"))) {
    if (mark.dataset.number === mark.dataset.shown) continue;
    if (mark.dataset.shown !== undefined)
      mark.animate(
        [
          { opacity: 0.85, transform: "scaleX(0)" },
          { opacity: 0, transform: "scaleX(1)" },
        ],
        { duration: 900, easing: "ease-out" },
      );
    mark.dataset.shown = mark.dataset.number;
  }
}
