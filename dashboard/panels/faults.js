// Faults: inject one, list the live ones, end one.

import { board, touch } from "../board.js";
import { api } from "../gateway.js";
import { byName, clock, figure, span, title, readable } from "../core/format.js";
import { faultAt, targetKindsOf } from "../core/catalogue.js";
import { kindOf } from "../core/derive.js";
import {
  ask,
  badge,
  elementLink,
  emptyState,
  failure,
  html,
  icon,
  loading,
  nothing,
  outdated,
  pending,
  request,
} from "../ui.js";

const ENDED_SHOWN = 8;
const draft = { kind: "", target: "", strength: 1, duration: 60 };
const repaint = () => touch("faults");

export function faults() {
  return html`<section class="card">
    <h3>Inject a fault</h3>
    ${form()}${listed()}
  </section>`;
}

function form() {
  const { catalogue } = board.state;
  if (!catalogue.faults.length) return loading("Waiting for the gateway");
  applyTarget();
  const kinds = targetKindsOf(catalogue, draft.kind);
  const targets = kinds.flatMap(namesOf).sort(byName);
  const set = (/** @type {Partial<typeof draft>} */ changes) => {
    Object.assign(draft, changes);
    touch("faults");
  };
  const of = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target).value;
  const send = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const { kind, target, duration } = draft;
    const more = `It ends by itself after ${span(duration)}, unless the loop repairs it before.`;
    if ((await ask({ question: `Inject ${readable(kind)} on ${target}?`, more, yes: "Inject", danger: true })) === null)
      return;
    if (await request("inject", () => api.inject({ ...draft }), repaint)) await reread();
  };
  return html`<form class="fields inject" @submit=${send}>
    <label class="field"
      ><span>Kind</span
      ><select name="kind" @change=${(/** @type {Event} */ event) => set({ kind: of(event) })}>
        ${catalogue.faults.map(({ kind }) => html`<option value=${kind} .selected=${kind === draft.kind}>${title(kind)}</option>`)}
      </select></label
    >
    <label class="field"
      ><span>Target: ${kinds.join(" or ")}</span
      ><input
        name="target"
        list="targets"
        required
        autocomplete="off"
        placeholder=${targets[0] ?? ""}
        .value=${draft.target}
        @input=${(/** @type {Event} */ event) => (draft.target = of(event).trim())}
      />
      <datalist id="targets">${targets.slice(0, 500).map((id) => html`<option value=${id}></option>`)}</datalist></label
    >
    <label class="field"
      ><span>Strength <b>${figure(draft.strength, 2)}</b></span
      ><input
        type="range"
        name="strength"
        min="0.1"
        max="1"
        step="0.05"
        .value=${String(draft.strength)}
        @input=${(/** @type {Event} */ event) => set({ strength: Number(of(event)) })}
    /></label>
    <label class="field"
      ><span>Ends by itself after</span
      ><span class="unit"
        ><input
          type="number"
          name="duration"
          required
          min="1"
          max="86400"
          step="1"
          .value=${String(draft.duration)}
          @change=${(/** @type {Event} */ event) => (draft.duration = Number(of(event)))}
        /><i>s</i></span
      ></label
    >
    <div class="row end">
      <button type="submit" class="danger" ?disabled=${pending.has("inject") || !board.link.open}>
        ${icon("bolt")}Inject
      </button>
    </div>
  </form>`;
}

/** @param {string} kind @returns {string[]} */
function namesOf(kind) {
  const { nodes, links, elements } = board.state;
  if (kind === "node") return [...nodes.keys()];
  if (kind === "link") return [...links.keys()];
  return [...elements.values()].filter((one) => one.kind === kind).map((one) => one.id);
}

/** Start the form with the element whose panel led here. */
function applyTarget() {
  const { catalogue } = board.state;
  const kind = board.faultTarget ? kindOf(board.state, board.faultTarget) : "";
  if (board.faultTarget) draft.target = board.faultTarget;
  const kinds = targetKindsOf(catalogue, draft.kind);
  if (!kinds.length || (kind && !kinds.some((one) => one === kind)))
    draft.kind = faultAt(catalogue, kind) ?? catalogue.faults[0].kind;
  board.faultTarget = "";
}

async function reread() {
  try {
    board.faults = (await api.faults()).faults;
    board.failed.delete("faults");
  } catch (error) {
    board.failed.set("faults", error instanceof Error ? error.message : String(error));
  }
  touch("faults");
}

function listed() {
  if (!board.faults)
    return board.failed.has("faults")
      ? failure(board.failed.get("faults") ?? "", reread)
      : loading("Reading the faults");
  const live = board.faults.filter((one) => !one.ended);
  const ended = board.faults
    .filter((one) => one.ended)
    .slice(-ENDED_SHOWN)
    .reverse();
  return html`<h4>Live now${outdated("faults")}</h4>
    ${
      live.length
        ? html`<ul class="rows faults">
            ${live.map(
              (one) =>
                html`<li>
                  <span>${badge("live", readable(one.kind))}</span>${elementLink(one.target)}<span class="dim"
                    >${span((Date.parse(one.ends) - board.state.now) / 1000)} left</span
                  >
                  <button
                    type="button"
                    class="quiet small"
                    ?disabled=${pending.has(one.id) || !board.link.open}
                    @click=${() => end(one)}
                  >
                    End
                  </button>
                </li>`,
            )}
          </ul>`
        : emptyState("No fault is live")
    }
    ${
      ended.length
        ? html`<h4>Ended last</h4>
            <ul class="rows faults">
              ${ended.map((one) => html`<li><span>${readable(one.kind)}</span>${elementLink(one.target)}<span class="dim">${one.ended_by === "action" ? "repaired" : one.ended_by === "ttl" ? "by itself" : readable(one.ended_by)} after ${span((Date.parse(one.ended ?? "") - Date.parse(one.started)) / 1000)}</span><time class="dim" datetime=${one.ended ?? ""}>${clock(one.ended, board.state.now)}</time></li>`)}
            </ul>`
        : nothing
    }`;
}

/** @param {import("../types").Fault} fault */
async function end(fault) {
  const more = "It ends at once; a repair that is already running goes on.";
  if ((await ask({ question: `End ${readable(fault.kind)} on ${fault.target}?`, more, yes: "End the fault" })) === null)
    return;
  if (await request(fault.id, () => api.endFault(fault.id), repaint)) await reread();
}
