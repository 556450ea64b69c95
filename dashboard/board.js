// The board: the state of the page, what the user looks at, and the panels, each painted at most once a frame.
//
// Rules: nothing is painted while the page is hidden; when it is visible again, everything is. A panel names the topics
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
  /** The options of all views, such as the order of the table; also of those that are not shown. */
  options: read(location.hash).options,
  link: /** @type {import("./gateway.js").Link} */ ({ open: false, messageAt: 0, telemetryAt: 0, retryAt: 0, tries: 0 }),
  score: /** @type {import("./types").ScorecardReport | null} */ (null),
  config: /** @type {import("./types").Desired | null} */ (null),
  faults: /** @type {import("./types").Fault[] | null} */ (null),
  detail: /** @type {import("./types").IncidentDetail | null} */ (null),
  /** The target that the form for a fault starts with. */
  faultTarget: "",
  services: /** @type {import("./types").ServiceBody[] | null} */ (null),
  /** Error messages of what could not be read, by its name. @type {Map<string, string>} */
  failed: new Map(),
};

export const needsApproval = () => board.state.status?.mode === "approve";

/** @type {Set<Panel>} */
const panels = new Set();
/** @type {Set<string>} */
const touched = new Set();
let scheduled = false;

/** Show a panel in an element; it is painted now and whenever one of its topics is touched. @param {HTMLElement} host @param {string[]} topics @param {() => unknown} view */
export function mount(host, topics, view) {
  return watch(topics, () => render(view(), host));
}

/** Call `paint` now and whenever one of the topics is touched. Returns a function that ends this. @param {string[]} topics @param {() => void} paint */
export function watch(topics, paint) {
  const panel = { topics: new Set(topics), paint };
  panels.add(panel);
  paint();
  return () => panels.delete(panel);
}

/** @param {...string} topics */
export function touch(...topics) {
  for (const topic of topics) touched.add(topic);
  if (scheduled || document.hidden || !touched.size) return;
  scheduled = true;
  requestAnimationFrame(paint);
}

function paint() {
  scheduled = false;
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
  restoreFocus();
}

/** The element that had the focus last, outside of a dialog. @type {HTMLElement | null} */
let lastFocused = null;

document.addEventListener("focusin", ({ target }) => {
  if (target instanceof HTMLElement && !target.closest("dialog")) lastFocused = target;
});
document.addEventListener("pointerdown", () => (lastFocused = null));

/** A disabled button loses the focus; give it back when the button is enabled again, unless something else took it. */
function restoreFocus() {
  if (lastFocused?.isConnected && document.activeElement === document.body && document.hasFocus())
    lastFocused.focus({ preventScroll: true });
}

document.addEventListener("visibilitychange", () => {
  scheduled = false;
  touch();
});

/** Go to a view; the filter and the options of the view are kept. @param {string} view @param {string} [id] */
export function go(view, id = "") {
  location.hash = address(view, id);
}

/** The address of a view, with the filter and the options of the view. @param {string} view @param {string} [id] */
export const address = (view, id = "") => write({ view, id, filter: board.filter.text, options: board.options });

/** Set the filter; the address follows without a new history entry. @param {string} text */
export function setFilter(text) {
  board.filter = parse(text);
  board.route = { ...board.route, filter: text };
  updateAddress();
  touch("filter");
}

/** Set options by their names in the address; an empty value is the default. @param {import("./core/route.js").Options} changes */
export function setOptions(changes) {
  board.options = { ...board.options, ...changes };
  updateAddress();
  touch("options");
}

function updateAddress() {
  history.replaceState(null, "", write({ ...board.route, options: board.options }));
}
