// Parts that all panels share: icons, badges of states, empty, loading and failed panels, and the dialog.

import { html as markup, nothing, render, svg } from "./vendor/lit/lit-html.js";
import { address, board } from "./board.js";
import { plain, title, readable } from "./core/format.js";
import { viewOf } from "./core/derive.js";

/** Attributes and properties whose values are not escaped: they are not shown, or the page reads them back. */
const RAW = /\s(?:[.?@][\w-]+|value|href|id|name|for)=["']?$/;
/** For each template, which of its values are shown and therefore escaped. @type {WeakMap<TemplateStringsArray, boolean[]>} */
const shown = new WeakMap();

/** Build markup in which control and invisible characters of every text are escaped. @param {TemplateStringsArray} strings @param {...unknown} values */
export function html(strings, ...values) {
  let places = shown.get(strings);
  if (!places) shown.set(strings, (places = strings.map((before) => !RAW.test(before))));
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (places[i] && typeof value === "string") values[i] = plain(value);
  }
  return markup(strings, ...values);
}

const ICONS = {
  check: svg`<path d="M3.5 8.5 6.7 11.6 12.5 5"/>`,
  warn: svg`<path d="M8 2.2 14.4 13.4H1.6Z"/><path d="M8 6.4v3.2M8 11.5v.1"/>`,
  cross: svg`<path d="M5.2 1.8h5.6l3.4 3.4v5.6l-3.4 3.4H5.2l-3.4-3.4V5.2Z"/><path d="m5.7 5.7 4.6 4.6m0-4.6-4.6 4.6"/>`,
  dash: svg`<path d="M4 8h8"/>`,
  diamond: svg`<path d="M8 2.200 13.800 8 8 13.800 2.200 8Z"/>`,
  info: svg`<circle cx="8" cy="8" r="6.2"/><path d="M8 7.2v4M8 4.8v.1"/>`,
  ring: svg`<circle cx="8" cy="8" r="5.6"/>`,
  done: svg`<circle cx="8" cy="8" r="6.2"/><path d="m5.2 8.2 2 2 3.6-4.2"/>`,
  person: svg`<circle cx="8" cy="5" r="2.7"/><path d="M2.8 14c.4-3 2.4-4.6 5.2-4.6s4.800 1.600 5.200 4.600"/>`,
  play: svg`<path class="solid" d="M5 3.200 12.600 8 5 12.800Z"/>`,
  stop: svg`<rect class="solid" x="4" y="4" width="8" height="8" rx="1"/>`,
  pause: svg`<path d="M5.500 3.500v9m5-9v9"/>`,
  search: svg`<circle cx="7" cy="7" r="4.400"/><path d="m10.300 10.300 3.500 3.500"/>`,
  close: svg`<path d="m4 4 8 8m0-8-8 8"/>`,
  back: svg`<path d="M9.800 3.500 5.300 8l4.500 4.500"/>`,
  plus: svg`<path d="M8 3.500v9M3.500 8h9"/>`,
  fit: svg`<path d="M2.500 6V2.500H6M10 2.500h3.500V6m0 4v3.500H10m-4 0H2.500V10"/>`,
  overview: svg`<circle cx="8" cy="3.600" r="1.900"/><circle cx="3.600" cy="12" r="1.900"/><circle cx="12.400" cy="12" r="1.900"/><path d="M7.100 5.300 4.500 10.300m4.400-5 2.600 5M5.500 12h5"/>`,
  table: svg`<rect x="2" y="2.800" width="12" height="10.400" rx="1.500"/><path d="M2 6.300h12M2 9.800h12M6.300 6.300v6.900"/>`,
  incidents: svg`<path d="M8 1.900 9.700 6.300 14.100 8 9.700 9.700 8 14.100 6.300 9.700 1.900 8 6.300 6.300Z"/>`,
  log: svg`<path d="M2.500 3.500h11M2.500 6.500h8M2.500 9.500h11M2.500 12.500h6"/>`,
  score: svg`<circle cx="8" cy="8" r="6"/><circle cx="8" cy="8" r="2.600"/><path d="M8 .8v2.500M8 12.700v2.500M.8 8h2.500M12.700 8h2.500"/>`,
  control: svg`<path d="M2 4.500h5.500m4 0H14M2 11.500h2.500m4 0H14"/><circle cx="9.500" cy="4.500" r="1.900"/><circle cx="6.500" cy="11.500" r="1.900"/>`,
  bolt: svg`<path d="M9 1.500 3.500 9H8l-1 5.500L12.500 7H8Z"/>`,
  inject: svg`<path d="M9 1.500 3.500 9H8l-1 5.500L12.500 7H8Z"/>`,
  detect: svg`<path d="M1.500 8h3l1.800-4.500 3.200 9L11.300 8h3.200"/>`,
  correlate: svg`<circle cx="4" cy="4" r="1.800"/><circle cx="12" cy="4" r="1.800"/><circle cx="8" cy="12" r="1.800"/><path d="M5.800 4h4.400M4.900 5.600l2.200 4.800m4-4.800-2.200 4.800"/>`,
  analyze: svg`<circle cx="7" cy="7" r="4.400"/><path d="m10.300 10.300 3.500 3.500M7 5v4M5 7h4"/>`,
  remediate: svg`<path d="M9.700 2.200a3.600 3.600 0 0 1 3.900 5L8 12.800l-2 1.300-1.800-1.800L5.500 10.300l5.600-5.600"/><path d="m3 3 3 3"/>`,
  stabilize: svg`<path d="M8 1.700 13.500 3.800v4c0 3.400-2.300 5.500-5.500 6.500-3.200-1-5.500-3.100-5.500-6.500v-4Z"/><path d="m5.600 8 1.800 1.800 3-3.600"/>`,
  router: svg`<circle cx="8" cy="8" r="6.200"/><path d="M4.500 8h7M8 4.500v7"/>`,
  switch: svg`<rect x="1.500" y="4.500" width="13" height="7" rx="1.500"/><path d="M4.500 8h.1m3.300 0h.1m3.300 0h.1"/>`,
  server: svg`<rect x="4" y="1.500" width="8" height="13" rx="1.500"/><path d="M6 4.500h4M6 7h4m-2 4.500v.1"/>`,
  link: svg`<circle cx="3.200" cy="8" r="1.800"/><circle cx="12.800" cy="8" r="1.800"/><path d="M5 8h6"/>`,
};

/** @typedef {keyof typeof ICONS} IconName */

/** An icon; hidden from screen readers, which read the text beside it. @param {IconName} name @param {string} [tone] */
export const icon = (name, tone = "") =>
  html`<svg class="icon ${tone}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${ICONS[name]}</svg>`;

/** Icon and tone of every status, severity, level and outcome. @type {Record<string, [IconName, string]>} */
const LOOKS = {
  healthy: ["check", "good"],
  affected: ["diamond", "affected"],
  degraded: ["warn", "warn"],
  down: ["cross", "bad"],
  up: ["check", "good"],
  open: ["warn", "bad"],
  escalated: ["person", "bad"],
  resolved: ["done", "good"],
  critical: ["cross", "bad"],
  warning: ["warn", "warn"],
  info: ["info", ""],
  success: ["done", "good"],
  error: ["cross", "bad"],
  verified: ["done", "good"],
  failed: ["cross", "bad"],
  rejected: ["close", "warn"],
  reverted: ["back", "warn"],
  blocked: ["stop", "warn"],
  proposed: ["person", "accent"],
  approved: ["check", "accent"],
  started: ["play", "accent"],
  applied: ["ring", "accent"],
  stable: ["check", "good"],
  recovering: ["warn", "warn"],
  unstable: ["warn", "warn"],
  blind: ["dash", "warn"],
  live: ["bolt", "bad"],
};

/** @param {string | null | undefined} name @returns {[IconName, string]} */
const look = (name) => LOOKS[name ?? ""] ?? ["dash", ""];

/** @param {string | null | undefined} name @param {string} [text] */
export const badge = (name, text = readable(name)) =>
  html`<span class="badge ${look(name)[1]}">${icon(look(name)[0])}<span>${text}</span></span>`;

/** The icon of a state alone, where its text stands beside it. @param {string | null | undefined} name */
export const mark = (name) => icon(look(name)[0], look(name)[1]);

/** @param {string} element */
export const elementLink = (element) =>
  html`<a class="element" href=${address(viewOf(element), element)}>${element}</a>`;

/** @param {string} text @param {IconName} [name] */
export const emptyState = (text, name = "done") =>
  html`<div class="blank">
    ${icon(name)}
    <p>${text}</p>
  </div>`;

/** @param {string} [text] */
export const loading = (text = "Loading") =>
  html`<div class="blank loading" aria-busy="true">
    <i class="bar"></i><i class="bar"></i><i class="bar"></i>
    <p>${text}…</p>
  </div>`;

/** @param {string} text @param {() => void} [again] */
export const failure = (text, again) =>
  html`<div class="blank failed" role="alert">
    ${icon("warn", "warn")}
    <p>${text}</p>
    ${again ? html`<button type="button" class="quiet" @click=${again}>Try again</button>` : nothing}
  </div>`;

/** A badge beside data that could not be refreshed. @param {string} name its key in `board.failed` @param {string} [text] */
export const outdated = (name, text = "could not be refreshed") =>
  board.failed.has(name)
    ? html` <span class="badge warn" role="status" title=${board.failed.get(name)}
        >${icon("warn")}<span>${text}</span></span
      >`
    : nothing;

/** @param {string} id @param {unknown} name @param {unknown} [more] @param {unknown} [tools] */
export const head = (id, name, more = nothing, tools = nothing) =>
  html`<header class="head">
    <h2 id=${id}>${name}</h2>
    <p class="more">${more}</p>
    <div class="tools">${tools}</div>
  </header>`;

/**
 * Ask for confirmation in the dialog.
 * @param {{question: string, more?: string, yes: string, danger?: boolean, input?: string}} wants
 * @returns {Promise<string | null>} the text of the input, "" without an input; null if the answer is no
 */
export function ask({ question, more = "", yes, danger = true, input }) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("dialog"));
  return new Promise((resolve) => {
    const answer = (/** @type {Event} */ event) => {
      event.preventDefault();
      const field = dialog.querySelector("textarea");
      dialog.close();
      resolve(field?.value.trim().replace(/\s*\n\s*/g, " ") ?? ""); // the text is one line
    };
    const form = html`<form method="dialog" @submit=${answer}>
      <h2 id="dialog-title">${question}</h2>
      ${more ? html`<p>${more}</p>` : nothing}
      ${input ? html`<label class="field"><span>${input}</span><textarea rows="3" maxlength="2000"></textarea></label>` : nothing}
      <div class="row end">
        <button type="button" class="quiet" @click=${() => dialog.close("no")}>Cancel</button>
        <button type="submit" class=${danger ? "danger" : ""}>${yes}</button>
      </div>
    </form>`;
    render(nothing, dialog);
    render(form, dialog);
    dialog.addEventListener("close", () => resolve(null), { once: true });
    dialog.showModal();
    (dialog.querySelector("textarea") ?? /** @type {HTMLElement} */ (dialog.querySelector("button.quiet"))).focus();
  });
}

let toasts = 0;

/** @param {string} text @param {"good"|"bad"|""} [tone] */
export function notify(text, tone = "") {
  const place = /** @type {HTMLElement} */ (document.getElementById("toast"));
  const mine = ++toasts;
  render(
    html`<div class="toast ${tone}">
      ${icon(tone === "bad" ? "warn" : tone === "good" ? "done" : "info", tone)}<span>${text}</span>
      <button type="button" class="plain" aria-label="Dismiss" @click=${() => render(nothing, place)}>
        ${icon("close")}
      </button>
    </div>`,
    place,
  );
  setTimeout(() => mine === toasts && render(nothing, place), tone === "bad" ? 12000 : 5000);
}

/** Keys of requests that have no answer yet: their buttons are disabled. @type {Set<string>} */
export const pending = new Set();

/** Send a request, unless one with this key is pending; its effect is shown when its event arrives, a refusal at once. @param {string} key @param {() => Promise<unknown>} send @param {() => void} repaint @param {string} [done] what to show when it succeeded */
export async function request(key, send, repaint, done = "") {
  if (pending.has(key)) return false;
  pending.add(key);
  repaint();
  try {
    await send();
    if (done) notify(done);
    return true;
  } catch (error) {
    notify(error instanceof Error ? error.message : String(error), "bad");
    return false;
  } finally {
    pending.delete(key);
    repaint();
  }
}

export { nothing, render, svg, title, readable };

const LOADING_AFTER = 150;

/**
 * Load a part of the page and show it; meanwhile show that it is loading, or that it could not be loaded.
 * @template T @param {HTMLElement} host @param {() => Promise<T>} load @param {() => boolean} stays @param {(part: T) => void} put
 */
export async function lazily(host, load, stays, put, retry = false) {
  const timer = window.setTimeout(() => stays() && render(loading(), host), LOADING_AFTER);
  let part;
  try {
    part = await load();
  } catch {
    // Some browsers do not fetch a module again that failed once: then only a reload helps, if the gateway answers.
    if (retry && (await gatewayAnswers())) return location.reload();
    const again = () => lazily(host, load, stays, put, true);
    if (stays()) render(failure("This part of the page could not be loaded.", again), host);
    return;
  } finally {
    clearTimeout(timer);
  }
  if (!stays()) return;
  render(null, host);
  put(part);
}

const gatewayAnswers = () =>
  fetch(location.pathname, { method: "HEAD" }).then(
    (answer) => answer.ok,
    () => false,
  );
