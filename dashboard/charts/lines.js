// Line charts over time: first the history that the gateway kept, then new values as they come. After a pause without
// messages the history is read again; a line has a gap where values are missing. Each chart has a text description.

import uPlot from "../vendor/uplot/uPlot.esm.js";
import { board, setOptions } from "../board.js";
import { clock, figure, plain, quantity } from "../core/format.js";
import { Ring, gaps } from "../core/ring.js";
import { html } from "../ui.js";

/** @typedef {{name: string, unit: string, digits: number, tone: string, least?: number, most?: number}} Line */
/** @typedef {{at: string, value: number | null}[]} Past */

/** The spans to choose from: seconds, and seconds for each point. */
const SPANS = [
  { name: "2 min", seconds: 120, step: 0.25 },
  { name: "10 min", seconds: 600, step: 1 },
  { name: "1 h", seconds: 3600, step: 6 },
];
const FINEST = SPANS[0].step;
const POINTS = 640;
const PAINT_EVERY = 450;
/** Milliseconds of page and network time: after such a pause the history is read again. */
const PAUSE = 2000;
/** Steps, or average intervals between messages: points further apart are not joined. */
const JOINED = 3;
const SMOOTHING = 0.2;
/** Milliseconds of network time: a greater step means that the clock was set, and is not averaged. */
const CLOCK_JUMP = 60_000;

const HEADROOM = 1.12;
const AXIS = 40;
const FIGURE = 6.5;

/**
 * Make charts for lines. `read` gets the history of each line, `values` returns the newest value of each, `changed` is
 * called when the history was read or could not be read. `name` is the option with the chosen span.
 * @param {Line[]} lines
 * @param {string} name
 * @param {{read: (query: Record<string, string>) => Promise<Past[]>, values: () => (number | null | undefined)[] | null,
 *   limit?: (i: number) => number | null, changed: () => void}} source
 */
export function createLines(lines, name, { read, values, limit = () => null, changed }) {
  const rings = lines.map(() => new Ring(1, POINTS));
  const charts = /** @type {ReturnType<typeof createChart>[]} */ ([]);
  const chosen = () => SPANS.find(({ seconds }) => String(seconds) === board.options[name]) ?? SPANS[0];
  let span = chosen();
  let failed = "";
  let request = 0;
  let waiting = false;
  let painted = -Infinity;
  let lastPage = -Infinity;
  let lastNetwork = -Infinity;
  let interval = 0;

  async function past() {
    const mine = ++request;
    waiting = true;
    const from = new Date(board.state.now - span.seconds * 1000).toISOString();
    try {
      const found = await read({ from, ...(span.step > FINEST ? { step: String(span.step) } : {}) });
      if (mine !== request) return;
      rings.forEach((ring, i) => {
        ring.clear();
        for (const { at, value } of found[i]) ring.push(Date.parse(at) / 1000, [value]);
      });
      failed = "";
    } catch (error) {
      if (mine !== request) return;
      failed = error instanceof Error ? error.message : String(error);
    }
    waiting = false;
    painted = -Infinity;
    live();
    changed();
  }

  /** Add the newest values; the charts are painted at most twice a second. */
  function live() {
    const newest = values();
    if (!newest) return;
    if (chosen() !== span) {
      span = chosen();
      rings.forEach((ring) => ring.clear());
      past();
    }
    const [page, network] = [performance.now(), board.state.now];
    const missed = page - lastPage > PAUSE && Math.abs(network - lastNetwork) > PAUSE;
    if (!missed && network > lastNetwork && network - lastNetwork < CLOCK_JUMP) interval += SMOOTHING * ((network - lastNetwork) / 1000 - interval);
    [lastPage, lastNetwork] = [page, network];
    if (missed) past();
    const now = network / 1000;
    rings.forEach((ring, i) => {
      const ahead = now - ring.newest;
      // The ring handles a clock that was set back; values within a step of the last point are skipped.
      if (!waiting && !(ahead >= 0 && ahead < span.step)) ring.push(now, [newest[i]]);
    });
    if (page - painted < PAINT_EVERY) return;
    painted = page;
    charts.forEach((chart, i) => {
      const [times, column] = rings[i].view(now - span.seconds);
      chart.show(times, column, limit(i), JOINED * Math.max(span.step, interval));
    });
  }

  return {
    live,
    past,
    /** The error if the history could not be read, else empty. */
    get failed() {
      return failed;
    },
    /** @param {Iterable<HTMLElement>} places */
    put(places) {
      if (!charts.length) for (const place of places) charts.push(createChart(place, lines[charts.length]));
    },
    choice() {
      const choose = (/** @type {typeof span} */ one) =>
        setOptions({ [name]: one === SPANS[0] ? "" : String(one.seconds) });
      return html`<div class="choice" role="group" aria-label="Span of the charts">
        ${SPANS.map((one) => html`<button type="button" aria-pressed=${one === chosen()} @click=${() => choose(one)}>${one.name}</button>`)}
      </div>`;
    },
    end() {
      request += 1;
      charts.forEach((chart) => chart.end());
    },
  };
}

/** @param {HTMLElement} host @param {Line} line */
function createChart(host, line) {
  /** @type {uPlot | null} */
  let plot = null;
  let data = /** @type {[ArrayLike<number>, ArrayLike<number>]} */ ([[], []]);
  let limit = /** @type {number | null} */ (null);
  let joined = Infinity;
  const pointed = document.createElement("p");
  pointed.className = "pointed";
  pointed.hidden = true;
  host.setAttribute("role", "img");

  function build() {
    plot?.destroy();
    const { width, height } = host.getBoundingClientRect();
    if (width < 20 || height < 20) return;
    plot = new uPlot(
      plotOptions(line, () => limit, Math.floor(width), Math.floor(height), {
        gaps: (plot, _, first, last) =>
          gaps(plot.data[0], /** @type {any} */ (plot.data[1]), joined, first, last).map(([from, to]) => [
            plot.valToPos(from, "x", true),
            plot.valToPos(to, "x", true),
          ]),
      }),
      /** @type {any} */ (data),
      host,
    );
    plot.over.append(pointed);
  }

  const theme = matchMedia("(prefers-color-scheme: light)");
  theme.addEventListener("change", build);
  const sizes = new ResizeObserver(() => {
    const { width, height } = host.getBoundingClientRect();
    if (!plot) build();
    else if (width > 20 && height > 20) plot.setSize({ width: Math.floor(width), height: Math.floor(height) });
  });
  sizes.observe(host);

  return {
    /** @param {ArrayLike<number>} times seconds @param {ArrayLike<number>} values @param {number | null} newLimit @param {number} longest seconds between two values that are joined */
    show(times, values, newLimit, longest) {
      data = [times, values];
      [limit, joined] = [newLimit, longest];
      if (plot) plot.setData(/** @type {any} */ (data));
      else build();
      host.setAttribute("aria-label", description(line, values));
    },
    end() {
      sizes.disconnect();
      theme.removeEventListener("change", build);
      plot?.destroy();
      plot = null;
    },
  };
}

/** @param {Line} line @param {() => number | null} limit @param {number} width @param {number} height @param {Partial<uPlot.Series>} more */
function plotOptions(line, limit, width, height, more) {
  const style = getComputedStyle(document.documentElement);
  const ink = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  const font = `11px ${ink("font")}`;
  const axis = { stroke: ink("dim"), font, grid: { stroke: ink("grid"), width: 1 }, ticks: { show: false }, gap: 4 };
  return /** @type {uPlot.Options} */ ({
    width,
    height,
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { x: true, y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { x: { time: true }, y: { range: (_, low, high) => range(line, low, high, limit()) } },
    axes: [
      {
        ...axis,
        size: 20,
        space: 70,
        filter: inside,
        grid: { ...axis.grid, filter: inside },
        values: (_, ticks) => ticks.map(hourOf),
      },
      {
        ...axis,
        size: roomFor,
        space: 26,
        values: (_, ticks) => ticks.map((tick) => figure(tick, tick < 10 && tick % 1 ? 1 : 0)),
      },
    ],
    series: [
      {},
      { stroke: ink(line.tone), fill: ink(`${line.tone}-wash`), width: 1.5, points: { show: false }, ...more },
    ],
    hooks: { draw: [(plot) => drawLimit(plot, limit(), ink("warn"))], setCursor: [(plot) => point(plot, line)] },
  });
}

/** @param {uPlot} _ @param {string[] | null} figures */
const roomFor = (_, figures) =>
  Math.max(AXIS, 10 + FIGURE * Math.max(0, ...(figures ?? []).map((text) => text.length)));

const hours = (/** @type {number} */ seconds) => clock(new Date(seconds * 1000).toISOString());
const hourOf = (/** @type {number | null} */ seconds) => (seconds === null ? null : hours(seconds));

/** Leave out ticks beyond the newest value, whose labels would be cut off. @param {uPlot} plot @param {number[]} ticks @returns {(number | null)[]} */
const inside = (plot, ticks) => ticks.map((tick) => (tick <= (plot.scales.x.max ?? Infinity) ? tick : null));

/** The range of the axis: from zero, so that heights can be compared; with the limit if values come near it. @param {Line} line @param {number | null} low @param {number | null} high @param {number | null} limit @returns {[number, number]} */
function range(line, low, high, limit) {
  const top = Math.max(high ?? 0, line.least ?? 1);
  const shown = limit !== null && top > limit * 0.55 ? Math.max(top, limit) : top;
  return [Math.min(0, low ?? 0), Math.min(shown * HEADROOM, line.most ?? Infinity)];
}

/** @param {uPlot} plot @param {number | null} limit @param {string} tone */
function drawLimit(plot, limit, tone) {
  if (limit === null || limit > (plot.scales.y.max ?? 0)) return;
  const y = Math.round(plot.valToPos(limit, "y", true));
  const pen = plot.ctx;
  pen.save();
  pen.strokeStyle = tone;
  pen.lineWidth = devicePixelRatio;
  pen.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  pen.beginPath();
  pen.moveTo(plot.bbox.left, y);
  pen.lineTo(plot.bbox.left + plot.bbox.width, y);
  pen.stroke();
  pen.restore();
}

/** @param {uPlot} plot @param {Line} line */
function point(plot, line) {
  const pointed = /** @type {HTMLElement} */ (plot.over.querySelector(".pointed"));
  const [times, values] = /** @type {number[][]} */ (/** @type {unknown} */ (plot.data));
  const at = plot.cursor.idx ?? -1;
  if (!pointed) return;
  pointed.hidden = !(at in values) || Number.isNaN(values[at]);
  if (pointed.hidden) return;
  pointed.textContent = `${hours(times[at])}  ${quantity(values[at], line.unit, line.digits)}`;
  pointed.classList.toggle("left", (plot.cursor.left ?? 0) > plot.over.clientWidth / 2);
}

/** @param {Line} line @param {ArrayLike<number>} values */
function description(line, values) {
  let [least, most, last] = [Infinity, -Infinity, NaN];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    [least, most, last] = [Math.min(least, values[i]), Math.max(most, values[i]), values[i]];
  }
  const name = plain(line.name);
  if (Number.isNaN(last)) return `${name}: no values yet`;
  const of = (/** @type {number} */ value) => quantity(value, line.unit, line.digits);
  return `${name} over time: now ${of(last)}, between ${of(least)} and ${of(most)}`;
}
