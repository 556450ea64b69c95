// The members of an incident, and the controls to correct their grouping: move, split, merge.

import { board, go, touch } from "../board.js";
import { api } from "../gateway.js";
import { clock, count, title, readable } from "../core/format.js";
import { isOpen } from "../core/derive.js";
import { ask, badge, html, pending, request } from "../ui.js";
import { repeat } from "../vendor/lit/directives/repeat.js";

/** @typedef {import("../types").IncidentBody} IncidentBody */
/** @typedef {import("../types").IncidentDetail} Detail */

const chosen = /** @type {Set<string>} */ (new Set());
/** The other incident of a move or merge; it stays chosen when the list changes. */
let chosenOther = "";
const repaint = () => touch("detail");
const busy = (/** @type {string} */ key) => pending.has(key) || !board.link.open;

/** @param {Detail} detail */
export function members(detail) {
  const open = isOpen(detail);
  const others = [...board.state.incidents.values()]
    .filter((one) => isOpen(one) && one.id !== detail.id)
    .sort((a, b) => a.timestamp.localeCompare(b.timestamp) || a.id.localeCompare(b.id));
  const other = others.find((one) => one.id === chosenOther) ?? others[0];
  const ids = detail.members.map((one) => one.id).filter((id) => chosen.has(id));
  const pick = (/** @type {string} */ id) => {
    if (!chosen.delete(id)) chosen.add(id);
    touch("detail");
  };
  return html`<details class="members">
    <summary>${count(detail.members.length, "anomaly", "anomalies")}: move, split, merge</summary>
    <ul>
      ${detail.members.map(
        (one) =>
          html`<li>
            <label
              ><input
                type="checkbox"
                ?disabled=${!open}
                .checked=${chosen.has(one.id)}
                @change=${() => pick(one.id)}
              /><span>${one.node} ${readable(one.metric)}<small>${readable(one.why)}</small></span
              >${one.cleared ? badge("healthy", "back") : badge("degraded", "out of line")}</label
            >
          </li>`,
      )}
    </ul>
    <div class="row">
      <button
        type="button"
        class="quiet"
        ?disabled=${!open || !ids.length || ids.length === detail.members.length || busy("split")}
        @click=${() => split(detail, ids)}
      >
        Split off
      </button>
      <label class="grow"
        >with
        <select
          id="other"
          ?disabled=${!open || !others.length}
          @change=${(/** @type {Event} */ event) => {
            chosenOther = /** @type {HTMLSelectElement} */ (event.target).value;
            touch("detail");
          }}
        >
          ${
            others.length
              ? repeat(
                  others,
                  (one) => one.id,
                  (one) => html`<option value=${one.id} .selected=${one === other}>${named(one)}</option>`,
                )
              : html`<option>no other open incident</option>`
          }
        </select></label
      >
      <button
        type="button"
        class="quiet"
        ?disabled=${!open || !others.length || !ids.length || busy("move")}
        @click=${() => move(detail, ids, other)}
      >
        Move
      </button>
      <button
        type="button"
        class="quiet"
        ?disabled=${!open || !others.length || busy("merge")}
        @click=${() => merge(detail, other)}
      >
        Merge
      </button>
    </div>
  </details>`;
}

/** @param {IncidentBody} one */
const named = (one) => `${title(one.cause?.kind ?? one.type)} on ${one.cause?.node ?? one.node_id}`;

/** @param {Detail} detail @param {string[]} ids */
async function split(detail, ids) {
  if (
    (await ask({
      question: `Split off ${count(ids.length, "anomaly", "anomalies")}?`,
      more: "They become an incident of their own.",
      yes: "Split off",
    })) === null
  )
    return;
  if (await request("split", () => api.split(detail.id, ids), repaint)) chosen.clear();
}

/** @param {Detail} detail @param {string[]} ids @param {IncidentBody} to */
async function move(detail, ids, to) {
  if (
    (await ask({
      question: `Move ${count(ids.length, "anomaly", "anomalies")}?`,
      more: `They will belong to “${named(to)}”, opened ${clock(to.timestamp, board.state.now)}.`,
      yes: "Move",
    })) === null
  )
    return;
  if (await request("move", () => api.move(detail.id, ids, to.id), repaint)) chosen.clear();
}

/** @param {Detail} detail @param {IncidentBody} into */
async function merge(detail, into) {
  const more = `It will live on in “${named(into)}”, opened ${clock(into.timestamp, board.state.now)}.`;
  if ((await ask({ question: "Merge this incident?", more, yes: "Merge" })) === null) return;
  if (await request("merge", () => api.merge(detail.id, into.id), repaint)) go("incident", into.id);
}
