// An action that waits, with its reason and, if the mode requires approval, the buttons to answer.

import { address, board, needsApproval, touch } from "../board.js";
import { api } from "../gateway.js";
import { figure, title, readable } from "../core/format.js";
import { ask, elementLink, html, icon, nothing, pending, request } from "../ui.js";

/** @typedef {import("../types").ActionBody | import("../types").ApprovalBody} Waiting */

const NAMED = 4;
const repaint = () => touch("detail", "approvals");

/** @param {Waiting} one @param {string} [incident] the id of its incident, for a link to it */
export const proposal = (one, incident) =>
  html`<li>
    <p>
      ${icon("person", "accent")}<span
        ><strong>${title(one.action)}</strong> on ${elementLink(one.target)} ${stateText(one)}<small
          >${readable(one.reason)}${outage(one)}</small
        ></span
      >
    </p>
    <div class="row">
      ${incident ? html`<a class="button quiet" href=${address("incident", incident)}>Its incident</a>` : nothing}
      ${needsApproval() ? answers(one) : nothing}
    </div>
  </li>`;

/** The elements without traffic while the action runs, the target first. @param {Waiting} one */
function outage(one) {
  const down = board.state.approvals.find((approval) => approval.id === one.id)?.takes_down ?? [];
  if (!down.length) return "";
  const others = down.filter((name) => name !== one.target);
  const named = [...down.filter((name) => name === one.target), ...others].slice(0, NAMED);
  const more = down.length - named.length;
  return `; takes down ${named.join(", ")}${more ? ` and ${figure(more, 0)} more` : ""}`;
}

/** @param {Waiting} one */
function stateText(one) {
  if (one.state === "blocked") return "is blocked";
  return needsApproval() ? "waits for your approval" : "is proposed; the mode of repair does not run it";
}

/** @param {Waiting} one */
function answers(one) {
  const busy = pending.has(one.id) || !board.link.open;
  const approve = () =>
    request(one.id, () => api.approve(one.id), repaint, "Approval sent; the action runs once the remediator has received it.");
  return html`<button type="button" ?disabled=${busy} @click=${approve}>Approve</button
    ><button type="button" class="quiet" ?disabled=${busy} @click=${() => reject(one)}>Reject</button>`;
}

/** @param {Waiting} one */
async function reject(one) {
  const reason = await ask({
    question: `Reject ${readable(one.action)}?`,
    more: "It will not be tried again for this incident.",
    input: "Reason (may be empty)",
    yes: "Reject",
  });
  if (reason !== null) await request(one.id, () => api.reject(one.id, reason), repaint, "Rejection sent.");
}
