// The loop as a strip: six stages, how often each speaks and what it said last, and what became of the last cycles.

import { board } from "../board.js";
import { ago, figure } from "../core/format.js";
import { STAGES, rates, turns } from "../core/activity.js";
import { head, html, icon, nothing } from "../ui.js";

const TURNS = 24;
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
            ><span class="rate" title="in the last minute, by the cycles that were told"
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
  return `cycle ${figure(status.cycle_count, 0)}, ${status.running ? "turning" : "stopped: nothing is injected"}`;
}

/** The last cycles, one mark each: shape and colour say what became of it. */
function trail() {
  const last = turns(board.state, TURNS);
  if (!last.length) return nothing;
  const healed = last.filter((one) => one.outcome === "repaired").length;
  const struck = last.filter((one) => one.outcome !== "quiet").length;
  return html`<p class="trail">
    <span class="unseen">Of the last ${last.length} cycles ${struck} struck, ${healed} of them repaired</span>
    ${last.map((one) => html`<i class=${one.outcome} title=${one.text} aria-hidden="true"></i>`)}
  </p>`;
}

/** Let a stage beat once when it spoke; only where motion is welcome. @param {HTMLElement} host */
export function beat(host) {
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
