// An action that waits: what it is and why, and, where repair asks a person, the answer to it.

import { address, board, isAsked, touch } from "../board.js";
import { api } from "../gateway.js";
import { figure, title, words } from "../core/format.js";
import { ask, elementLink, html, icon, nothing, order, ordering } from "../ui.js";

/** @typedef {import("../types").ActionBody | import("../types").ApprovalBody} Waiting */

const NAMED = 4;
const repaint = () => touch("detail", "approvals");

/** @param {Waiting} one @param {string} [incident] the id of its incident, where that is not what is looked at */
export const proposal = (one, incident) =>
  html`<li>
    <p>
      ${icon("person", "accent")}<span
        ><strong>${title(one.action)}</strong> on ${elementLink(one.target)} ${standing(one)}<small
          >${words(one.reason)}${outage(one)}</small
        ></span
      >
    </p>
    <div class="row">
      ${incident ? html`<a class="button quiet" href=${address("incident", incident)}>Its incident</a>` : nothing}
      ${isAsked() ? answers(one) : nothing}
    </div>
  </li>`;

/** What carries nothing while the action runs, the target first. @param {Waiting} one */
function outage(one) {
  const down = board.state.approvals.find((approval) => approval.id === one.id)?.takes_down ?? [];
  if (!down.length) return "";
  const others = down.filter((name) => name !== one.target);
  const named = [...down.filter((name) => name === one.target), ...others].slice(0, NAMED);
  const more = down.length - named.length;
  return `; takes down ${named.join(", ")}${more ? ` and ${figure(more, 0)} more` : ""}`;
}

/** @param {Waiting} one */
function standing(one) {
  if (one.state === "blocked") return "is held back";
  return isAsked() ? "waits for you" : "is proposed; as repair is set, it is left at that";
}

/** @param {Waiting} one */
function answers(one) {
  const busy = ordering.has(one.id) || !board.link.open;
  const approve = () =>
    order(one.id, () => api.approve(one.id), repaint, "Approval sent; the action runs once the remediator takes it.");
  return html`<button type="button" ?disabled=${busy} @click=${approve}>Approve</button
    ><button type="button" class="quiet" ?disabled=${busy} @click=${() => reject(one)}>Reject</button>`;
}

/** @param {Waiting} one */
async function reject(one) {
  const reason = await ask({
    question: `Reject ${words(one.action)}?`,
    more: "It will not be tried again for this incident.",
    input: "Reason (may be empty)",
    yes: "Reject",
  });
  if (reason !== null) await order(one.id, () => api.reject(one.id, reason), repaint, "Refusal sent.");
}
