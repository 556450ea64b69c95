// The settings: mode of repair, pace of the loop, plain thresholds; and faults, approvals and services.
//
// Rules: a setting is in force when the gateway reports it. Until then the form shows the input, and beside it the value
// in force.

import { board, touch } from "../board.js";
import { api } from "../gateway.js";
import { limitsOf } from "../core/catalogue.js";
import { clock, count, figure, title, readable } from "../core/format.js";
import { ask, badge, emptyState, failure, html, loading, nothing, outdated, pending, request } from "../ui.js";
import { faults } from "./faults.js";
import { proposal } from "./proposal.js";

const MODES = /** @type {const} */ ([
  ["off", "Off", "nothing is proposed and nothing is done"],
  ["suggest", "Suggest", "actions are proposed, but do not run"],
  ["approve", "Approve", "an action runs once a person approves it"],
  ["auto", "Auto", "actions run as soon as they pass the gate"],
]);
/** @type {{key: "interval"|"chance"|"at_once"|"ttl", name: string, unit: string, least: number, most: number, step: number}[]} */
const PACE = [
  { key: "interval", name: "Cycle interval", unit: "s", least: 0.25, most: 3600, step: 0.25 },
  { key: "chance", name: "Chance of a fault", unit: "0 to 1", least: 0, most: 1, step: 0.05 },
  { key: "at_once", name: "Live at once, at most", unit: "faults", least: 1, most: 50, step: 1 },
  { key: "ttl", name: "A fault ends by itself after", unit: "s", least: 1, most: 86400, step: 1 },
];
/** Upper bounds of the inputs for thresholds, in percent and in other units. */
const [MOST_PERCENT, MOST] = [100, 10_000];
const repaint = () => touch("config");

export async function readControl() {
  await Promise.all([
    read("config", api.config, (body) => (board.config = body)),
    read("faults", api.faults, (body) => (board.faults = body.faults)),
    read("services", api.services, (body) => (board.services = body.services)),
  ]);
}

/** @param {string} name @param {() => Promise<any>} get @param {(body: any) => void} keep */
async function read(name, get, keep) {
  try {
    keep(await get());
    board.failed.delete(name);
  } catch (error) {
    board.failed.set(name, error instanceof Error ? error.message : String(error));
  }
  touch(name);
}

export function control() {
  const { config, failed } = board;
  if (!config)
    return html`<header class="head"><h2 id="page-title">Control</h2></header>
      ${failed.has("config") ? failure(failed.get("config") ?? "", readControl) : loading("Reading the settings")}`;
  return html`<header class="head">
      <h2 id="page-title">Control</h2>
      <p class="more">a change is in force once the services report it</p>
      <div class="tools"><a class="button quiet small" href="/docs">API</a></div>
    </header>
    <div class="sheet cards" tabindex="0" role="group" aria-label="Control">
      <div class="stack">${faults()}</div>
      <div class="stack pairs">
        <section class="card">
          <h3>Repair</h3>
          ${modes(config)}
        </section>
        ${approvals()}
        <section class="card">
          <h3>The loop's pace</h3>
          ${form(
            "pace",
            PACE.map((one) => ({ ...one, now: config[one.key] })),
            (changes) => changes,
          )}
        </section>
        <section class="card">
          <h3>Limits of the plain rules</h3>
          ${form(
            "thresholds",
            limits(config),
            (changes) => ({ thresholds: changes }),
          )}
        </section>
        ${services()}
      </div>
    </div>`;
}

/** The fields of the plain thresholds, each with the label of its first metric. @param {import("../types").Desired} config @returns {Field[]} */
function limits(config) {
  const set = /** @type {Record<string, number>} */ (/** @type {unknown} */ (config.thresholds ?? {}));
  return [...limitsOf(board.state.catalogue)]
    .filter(([key]) => key in set)
    .map(([key, { label, unit }]) => {
      const most = unit === "%" ? MOST_PERCENT : MOST;
      return { key, name: label, unit, least: 0.1, most, step: 1, now: set[key] };
    });
}

/** @param {import("../types").Desired} config */
function modes(config) {
  const choose = async (/** @type {string} */ mode, /** @type {string} */ name, /** @type {string} */ effect) => {
    if (mode === config.mode) return;
    if (
      (await ask({
        question: `Set repair to ${name.toLowerCase()}?`,
        more: `Then ${effect}.`,
        yes: `Set to ${name.toLowerCase()}`,
        danger: mode === "off",
      })) === null
    )
      return touch("config");
    await request("mode", () => api.configure({ mode }), repaint);
    await readControl();
  };
  return html`<div class="modes" role="group" aria-label="How far repair may go">
    ${MODES.map(([mode, name, effect]) => html`<button type="button" aria-pressed=${config.mode === mode} ?disabled=${pending.has("mode") || !board.link.open} @click=${() => choose(mode, name, effect)}><strong>${name}</strong><span>${effect}</span></button>`)}
  </div>`;
}

/** @typedef {{key: string, name: string, unit: string, least: number, most: number, step: number, now: number | undefined}} Field */

/** A form of figures that are sent together; only changed ones are sent. @param {string} key @param {Field[]} fields @param {(changes: Record<string, number>) => object} wrap */
function form(key, fields, wrap) {
  const send = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const place = /** @type {HTMLFormElement} */ (event.target);
    const inputs = fields.map((one) => /** @type {HTMLInputElement} */ (place.elements.namedItem(one.key)));
    const changed = inputs.filter((input) => input.value !== input.defaultValue);
    const changes = Object.fromEntries(changed.map((input) => [input.name, Number(input.value)]));
    if (!changed.length) return;
    const done = "Sent; the values beside the fields change when it is in force.";
    if (!(await request(key, () => api.configure(wrap(changes)), repaint, done))) return;
    await readControl();
    // The change was sent. Clear the input, so that the fields show the values in force, also those that others set.
    place.reset();
  };
  return html`<form class="fields" @submit=${send}>
    ${fields.map(
      (one) =>
        html`<label class="field"
          ><span>${one.name}</span
          ><span class="unit"
            ><input
              type="number"
              name=${one.key}
              required
              min=${one.least}
              max=${one.most}
              step="any"
              value=${one.now ?? ""}
            /><i>${one.unit}</i></span
          ><small>now ${figure(one.now, one.now === undefined || Number.isInteger(one.now) ? 0 : 2)}</small></label
        >`,
    )}
    <div class="row end">
      <button type="reset" class="quiet">Reset</button
      ><button type="submit" ?disabled=${pending.has(key) || !board.link.open}>Apply</button>
    </div>
  </form>`;
}

function approvals() {
  const { approvals: found, moreApprovals: more } = board.state;
  if (!found.length)
    return html`<section class="card">
      <h3>Approvals</h3>
      ${emptyState(board.config?.mode === "approve" ? "No action waits for approval" : "Actions wait here while repair is set to approve")}
    </section>`;
  return html`<section class="card">
    <h3>Approvals</h3>
    <ul class="proposals">
      ${found.map((one) => proposal(one, one.incident))}
    </ul>
    ${more ? html`<p class="end-note">${count(more, "more action")} ${more === 1 ? "waits" : "wait"}; they are shown as these are decided.</p>` : nothing}
  </section>`;
}

function services() {
  const { services: found, failed } = board;
  return html`<section class="card wide">
    <h3>Services${outdated("services")}</h3>
    ${
      !found
        ? failed.has("services")
          ? failure(failed.get("services") ?? "")
          : loading()
        : html`<ul class="rows">
            ${found.map((one) => html`<li><span>${title(one.name)}</span>${badge(one.status)}<span class="dim">${one.replicas.length ? `${count(one.replicas.length, "replica")}, since ${clock(one.replicas[0].started, board.state.now)}` : "none answers"}</span></li>`)}
          </ul>`
    }
  </section>`;
}
