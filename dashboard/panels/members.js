// The anomalies of an incident, and what a person may do about how they were gathered: move, split, merge.

import { board, go, touch } from "../board.js";
import { api } from "../gateway.js";
import { count, title, words } from "../core/format.js";
import { isOpen } from "../core/derive.js";
import { ask, badge, html, order, ordering } from "../ui.js";

/** @typedef {import("../types").IncidentDetail} Detail */

const chosen = /** @type {Set<string>} */ (new Set());
const repaint = () => touch("detail");
const busy = (/** @type {string} */ key) => ordering.has(key) || !board.link.open;

/** The members of an incident, to be chosen from. @param {Detail} detail */
export function members(detail) {
  const open = isOpen(detail);
  const others = [...board.state.incidents.values()].filter((one) => isOpen(one) && one.id !== detail.id);
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
              /><span>${one.node} ${words(one.metric)}<small>${words(one.why)}</small></span
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
        <select id="other" ?disabled=${!open || !others.length}>
          ${others.length ? others.map((one) => html`<option value=${one.id}>${title(one.type)} on ${one.node_id}</option>`) : html`<option>no other open incident</option>`}
        </select></label
      >
      <button
        type="button"
        class="quiet"
        ?disabled=${!open || !others.length || !ids.length || busy("move")}
        @click=${() => move(detail, ids)}
      >
        Move
      </button>
      <button
        type="button"
        class="quiet"
        ?disabled=${!open || !others.length || busy("merge")}
        @click=${() => merge(detail)}
      >
        Merge
      </button>
    </div>
  </details>`;
}

const other = () => /** @type {HTMLSelectElement} */ (document.getElementById("other")).value;

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
  if (await order("split", () => api.split(detail.id, ids), repaint)) chosen.clear();
}

/** @param {Detail} detail @param {string[]} ids */
async function move(detail, ids) {
  const to = other();
  if (
    (await ask({
      question: `Move ${count(ids.length, "anomaly", "anomalies")}?`,
      more: `They will belong to ${to}.`,
      yes: "Move",
    })) === null
  )
    return;
  if (await order("move", () => api.move(detail.id, ids, to), repaint)) chosen.clear();
}

/** @param {Detail} detail */
async function merge(detail) {
  const into = other();
  if ((await ask({ question: "Merge this incident?", more: `It will live on in ${into}.`, yes: "Merge" })) === null)
    return;
  if (await order("merge", () => api.merge(detail.id, into), repaint)) go("incident", into);
}
