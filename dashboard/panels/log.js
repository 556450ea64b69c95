// The log: a few lines beside the charts, and the view of all kept lines, with levels and pause.

import { address, board, setOptions, touch } from "../board.js";
import { api } from "../gateway.js";
import { addPast } from "../core/store.js";
import { clock, clockFine, count } from "../core/format.js";
import { only } from "../core/filter.js";
import { badge, emptyState, head, html, icon, loading, nothing, outdated } from "../ui.js";
import { repeat } from "../vendor/lit/directives/repeat.js";

/** @typedef {import("../core/store.js").Line} Line */

const TAIL = 60;
const SHOWN = 400;
const PAST = 1000;
const LEVELS = /** @type {const} */ (["error", "warning", "success", "info"]);
const ALL_LEVELS = new Set(/** @type {string[]} */ ([...LEVELS]));
/** The value in the address when no level is chosen; when all are, the address has none. */
const NO_LEVEL = "none";
const view = {
  paused: /** @type {Line[] | null} */ (null),
  at: 0,
  past: false,
};

function chosen() {
  const { levels } = board.options;
  return levels ? new Set(LEVELS.filter((level) => levels.split(",").includes(level))) : ALL_LEVELS;
}

/** The panel beside the charts: the last lines, newest first. */
export function recentLog() {
  const lines = visible(board.state.lines, TAIL, ALL_LEVELS);
  const top = head(
    "tail-title",
    "Log",
    view.paused ? pausedText() : nothing,
    html`${pauseButton()}<a class="button quiet small" href=${address("log")}>All</a>`,
  );
  if (!board.state.known) return html`${top}${loading("Waiting for the gateway")}`;
  if (!lines.length)
    return html`${top}${emptyState(board.filter.terms.length ? "No line fits the filter" : "No lines yet", "info")}`;
  return html`${top}
    <ol class="lines" tabindex="0" aria-label="Log, newest first">
      ${repeat(
        lines,
        (line) => line.n,
        (line) =>
          html`<li class=${line.level}>
            <time datetime=${line.timestamp}>${clock(line.timestamp, board.state.now)}</time>${badge(line.level)}<span class="text"
              ><b>${line.service}</b> ${line.message}</span
            >
          </li>`,
      )}
    </ol>`;
}

export function fullLog() {
  const levels = chosen();
  const lines = visible(board.state.lines, SHOWN, levels);
  const tools = html`<div class="choice" role="group" aria-label="Levels">
      ${LEVELS.map((level) => html`<button type="button" aria-pressed=${levels.has(level)} @click=${() => toggle(level)}>${badge(level)}</button>`)}
    </div>
    ${pauseButton()}`;
  const top = head(
    "page-title",
    "Log",
    html`${view.paused ? pausedText() : `${count(lines.length, "line")} of ${board.state.lines.length}, newest first`}
    ${outdated("log", "no earlier lines")}`,
    tools,
  );
  if (!board.state.known) return html`${top}${loading("Waiting for the gateway")}`;
  if (!lines.length)
    return html`${top}${emptyState(board.filter.terms.length || levels.size < LEVELS.length ? "No line fits the filter" : "No lines yet", "info")}`;
  return html`${top}
    <div class="sheet" tabindex="0" role="group" aria-label="Log">
      <table class="log">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Level</th>
            <th scope="col">Service</th>
            <th scope="col">Message</th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            lines,
            (line) => line.n,
            (line) =>
              html`<tr class=${line.level}>
                <td><time datetime=${line.timestamp} title=${line.timestamp}>${clockFine(line.timestamp)}</time></td>
                <td>${badge(line.level)}</td>
                <td>${line.service}</td>
                <td class="text">${line.message}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

/** Read older lines than those in the snapshot, once after each snapshot. @param {boolean} [fresh] whether a snapshot came */
export async function readPast(fresh = false) {
  if (!board.state.known || (view.past && !fresh)) return;
  view.past = true;
  try {
    addPast(board.state, (await api.logs(PAST)).logs);
    board.failed.delete("log");
  } catch (error) {
    view.past = false;
    board.failed.set("log", error instanceof Error ? error.message : String(error));
  }
  touch("logs");
}

/** @param {Line[]} lines @param {number} most @param {Set<string>} levels */
function visible(lines, most, levels) {
  const shown = [];
  const from = view.paused ?? lines;
  for (let i = from.length - 1; i >= 0 && shown.length < most; i--)
    if (levels.has(from[i].level) && only(board.filter, [from[i]]).length) shown.push(from[i]);
  return shown;
}

const pausedText = () =>
  html`<span class="badge accent"
    >${icon("pause")}<span>paused, ${count(board.state.lineNumber - view.at, "new line")}</span></span
  >`;

const pauseButton = () =>
  html`<button type="button" class="quiet small" aria-pressed=${Boolean(view.paused)} @click=${pause}>
    ${icon(view.paused ? "play" : "pause")}${view.paused ? "Go on" : "Pause"}
  </button>`;

function pause() {
  view.paused = view.paused ? null : [...board.state.lines];
  view.at = board.state.lineNumber;
  touch("logs");
}

/** @param {string} level */
function toggle(level) {
  const before = chosen();
  const levels = LEVELS.filter((one) => before.has(one) !== (one === level));
  setOptions({ levels: levels.length === LEVELS.length ? "" : levels.join(",") || NO_LEVEL });
}
