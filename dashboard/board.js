// The board: what is known, what is looked at, and the panels that show it, each painted at most once a frame.
//
// Rules: nothing is painted while the page is hidden; when it is seen again, everything is. A panel names the topics
// that it shows, and is painted when one of them was touched.

import { render } from "./vendor/lit/lit-html.js";
import { Activity } from "./core/activity.js";
import { parse } from "./core/filter.js";
import { read, write } from "./core/route.js";
import { empty } from "./core/store.js";

/** @typedef {{topics: Set<string>, paint: () => void}} Panel */

export const board = {
  state: empty(),
  activity: new Activity(),
  route: read(location.hash),
  filter: parse(read(location.hash).filter),
  /** How the views are looked at, those that are not on the page too. */
  look: read(location.hash).look,
  link: /** @type {import("./gateway.js").Link} */ ({ open: false, heard: 0, told: 0, retry: 0, tries: 0 }),
  score: /** @type {import("./types").ScorecardReport | null} */ (null),
  config: /** @type {import("./types").Desired | null} */ (null),
  faults: /** @type {import("./types").Fault[] | null} */ (null),
  /** The incident that is told at the moment, whole. */
  detail: /** @type {import("./types").IncidentDetail | null} */ (null),
  /** What the next injected fault is meant for. */
  aim: "",
  services: /** @type {import("./types").ServiceBody[] | null} */ (null),
  /** What could not be read, by what it was. @type {Map<string, string>} */
  failed: new Map(),
};

/** Whether a person's yes is what an action waits for. */
export const isAsked = () => board.state.status?.mode === "approve";

/** @type {Set<Panel>} */
const panels = new Set();
/** @type {Set<string>} */
const touched = new Set();
let asked = false;

/** Show a panel in a place; it is painted now and whenever one of its topics is touched. @param {HTMLElement} host @param {string[]} topics @param {() => unknown} view */
export function mount(host, topics, view) {
  return watch(topics, () => render(view(), host));
}

/** Have something painted by its own means. Returns what ends it. @param {string[]} topics @param {() => void} paint */
export function watch(topics, paint) {
  const panel = { topics: new Set(topics), paint };
  panels.add(panel);
  paint();
  return () => panels.delete(panel);
}

/** Say that something changed. @param {...string} topics */
export function touch(...topics) {
  for (const topic of topics) touched.add(topic);
  if (asked || document.hidden || !touched.size) return;
  asked = true;
  requestAnimationFrame(paint);
}

function paint() {
  asked = false;
  const topics = new Set(touched);
  touched.clear();
  for (const panel of [...panels]) {
    if (!panels.has(panel)) continue;
    for (const topic of topics) {
      if (!panel.topics.has(topic)) continue;
      panel.paint();
      break;
    }
  }
  giveBack();
}

/** What the keys were at last, outside of a question. @type {HTMLElement | null} */
let held = null;

document.addEventListener("focusin", ({ target }) => {
  if (target instanceof HTMLElement && !target.closest("dialog")) held = target;
});
document.addEventListener("pointerdown", () => (held = null));

/** A button that waits, or that a lost connection took out of use, loses the focus: it gets it back unless something else took it. */
function giveBack() {
  if (held?.isConnected && document.activeElement === document.body && document.hasFocus())
    held.focus({ preventScroll: true });
}

document.addEventListener("visibilitychange", () => {
  asked = false;
  touch();
});

/** Go somewhere; the filter goes along, and how one looked at it before. @param {string} view @param {string} [id] */
export function go(view, id = "") {
  location.hash = address(view, id);
}

/** The address of a view, with the filter that is set and how it was looked at. @param {string} view @param {string} [id] */
export const address = (view, id = "") => write({ view, id, filter: board.filter.text, look: board.look });

/** Set the filter; the address follows without a step in the history. @param {string} text */
export function setFilter(text) {
  board.filter = parse(text);
  board.route = { ...board.route, filter: text };
  readdress();
  touch("filter");
}

/** Choose how something is looked at, by its name in the address; empty is the usual. @param {import("./core/route.js").Look} changes */
export function setLook(changes) {
  board.look = { ...board.look, ...changes };
  readdress();
  touch("look");
}

/** Have the address say what is seen, without a step in the history. */
function readdress() {
  history.replaceState(null, "", write({ ...board.route, look: board.look }));
}
