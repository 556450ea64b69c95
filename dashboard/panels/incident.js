// The panel of one incident: its story with times, the controls for a person, and its timeline.

import { address, board, touch } from "../board.js";
import { api } from "../gateway.js";
import { ago, clock, clockFine, count, figure, title, readable } from "../core/format.js";
import { isOpen } from "../core/derive.js";
import { after, story } from "../core/story.js";
import { members } from "./members.js";
import { proposal } from "./proposal.js";
import { badge, elementLink, failure, html, icon, loading, nothing, pending, request } from "../ui.js";

/** @typedef {import("../types").IncidentDetail} Detail */

const WAITS = new Set(["proposed", "blocked"]);
const repaint = () => touch("detail");

let newest = 0;

/** Read an incident; only the response to the newest request counts. @param {string} id */
export async function readIncident(id) {
  const mine = ++newest;
  try {
    const detail = await api.incident(id);
    if (mine !== newest || board.route.id !== id) return;
    board.detail = detail;
    board.failed.delete("incident");
  } catch (error) {
    if (mine !== newest || board.route.id !== id) return;
    board.failed.set("incident", error instanceof Error ? error.message : String(error));
  }
  touch("detail");
}

export function incident() {
  const { detail, route, failed } = board;
  const back = html`<a class="button quiet small" href=${address("")}>${icon("back")}All incidents</a>`;
  if (detail?.id !== route.id) {
    const why = failed.get("incident");
    return html`<header class="head">
        <h2 id="side-title">Incident</h2>
        <p class="more"></p>
        <div class="tools">${back}</div>
      </header>
      ${why ? failure(why, () => readIncident(route.id)) : loading("Reading the incident")}`;
  }
  return html`<header class="head">
      <h2 id="side-title">${title(detail.cause?.kind ?? detail.type)}</h2>
      <p class="more"></p>
      <div class="tools">${back}</div>
    </header>
    <div class="scroll" tabindex="0" role="group" aria-label="The incident's story">
      ${summary(detail)}${actions(detail)}
      <ol class="story">
        ${story(detail, board.state.catalogue).map(
          (chapter, i) =>
            html`<li class="chapter ${chapter.key}">
              <h3><b>${i + 1}</b>${chapter.title}</h3>
              <ul>
                ${chapter.points.map(
                  (point) =>
                    html`<li class=${point.tone ?? ""}>
                      ${stamp(detail, point.at)}
                      <p>${point.text}${point.more ? html`<small>${readable(point.more)}</small>` : nothing}</p>
                    </li>`,
                )}
              </ul>
            </li>`,
        )}
      </ol>
      ${controls(detail)}${members(detail)}${timeline(detail)}
    </div>`;
}

/** @param {Detail} detail */
const summary = (detail) =>
  html`<div class="facts-row">
    ${badge(detail.status)}${badge(detail.severity)}<span>on ${elementLink(detail.cause?.node ?? detail.node_id)}</span>
    <span class="dim"
      >${isOpen(detail) ? `opened ${ago(detail.timestamp, board.state.now)}` : `${clock(detail.timestamp, board.state.now)}, ${readable(detail.resolution)} in ${figure(detail.resolution_seconds, 1)} s`}</span
    >
    ${detail.acknowledged_by ? html`<span class="dim">${icon("person")} seen by ${detail.acknowledged_by}</span>` : nothing}
    ${detail.merged_into ? html`<span>merged into <a href=${address("incident", detail.merged_into)}>the one that explains it</a></span>` : nothing}
  </div>`;

/** A time in the story, in seconds after its begin. @param {Detail} detail @param {string | null} at */
function stamp(detail, at) {
  const seconds = after(detail, at);
  return html`<time datetime=${at ?? nothing} title=${at ? clockFine(at) : ""}
    >${seconds === null ? "" : `+${Math.max(0, seconds).toFixed(2)} s`}</time
  >`;
}

/** @param {Detail} detail */
function actions(detail) {
  const waiting = isOpen(detail) ? detail.actions.filter((one) => WAITS.has(one.state)) : [];
  return waiting.length
    ? html`<ul class="proposals">
        ${waiting.map((one) => proposal(one))}
      </ul>`
    : nothing;
}

const busy = (/** @type {string} */ id) => pending.has(id) || !board.link.open;

/** @param {Detail} detail */
function controls(detail) {
  const open = isOpen(detail);
  const send = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (
      /** @type {HTMLFormElement} */ (event.target).elements.namedItem("text")
    );
    const text = field.value.trim();
    if (text) request("comment", () => api.comment(detail.id, text), repaint).then((done) => done && (field.value = ""));
  };
  return html`<h3>By hand</h3>
    ${
      detail.comments.length
        ? html`<ul class="comments">
            ${detail.comments.map((text) => html`<li>${text}</li>`)}
          </ul>`
        : nothing
    }
    <div class="row">
      <button
        type="button"
        class="quiet"
        ?disabled=${!open || Boolean(detail.acknowledged_by) || busy("acknowledge")}
        @click=${() => request("acknowledge", () => api.acknowledge(detail.id), repaint)}
      >
        Acknowledge
      </button>
    </div>
    <form class="row" @submit=${send}>
      <input
        name="text"
        class="grow"
        aria-label="Comment"
        placeholder="Comment"
        maxlength="2000"
        autocomplete="off"
      /><button type="submit" class="quiet" ?disabled=${busy("comment")}>Comment</button>
    </form>`;
}

/** @param {Detail} detail */
const timeline = (detail) =>
  html`<details class="timeline">
    <summary>All that happened: ${count(detail.timeline.length, "entry", "entries")}</summary>
    <ol>
      ${detail.timeline.map(
        (entry) =>
          html`<li>
            ${stamp(detail, entry.at)}
            <p>${readable(entry.what)}<small>${entry.by}</small></p>
          </li>`,
      )}
    </ol>
  </details>`;
