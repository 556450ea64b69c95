// Figures, times and names as people read them. Everything that is not known is a dash.

export const NONE = "–";

/** @typedef {{label: string, unit: string, digits: number}} Unit */

/** How each metric is written: name, unit, digits. @type {Record<string, Unit>} */
export const METRICS = {
  cpu_usage: { label: "CPU", unit: "%", digits: 1 },
  memory_usage: { label: "Memory", unit: "%", digits: 1 },
  latency: { label: "Latency", unit: "ms", digits: 1 },
  packet_loss: { label: "Loss", unit: "%", digits: 2 },
  throughput: { label: "Throughput", unit: "Mbit/s", digits: 0 },
  utilization: { label: "Utilisation", unit: "%", digits: 1 },
  reachable: { label: "Reachable", unit: "", digits: 0 },
  up: { label: "Up", unit: "", digits: 0 },
};

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A figure with fixed digits. @param {number | null | undefined} value @param {number} [digits] */
export function figure(value, digits = 1) {
  if (value === null || value === undefined || Number.isNaN(value)) return NONE;
  return digits === 0 ? grouped.format(value) : value.toFixed(digits);
}

/** A metric's value with its unit. @param {string} metric @param {number | null | undefined} value */
export function measure(metric, value) {
  const unit = METRICS[metric];
  const text = figure(value, unit?.digits ?? 1);
  return text === NONE || !unit?.unit ? text : `${text} ${unit.unit}`;
}

/** A share of one as whole percent. @param {number | null | undefined} share */
export const percent = (share) => (share === null || share === undefined ? NONE : `${Math.round(share * 100)} %`);

/** A moment in UTC, as the command line writes and takes it: the time of day, with the day where it is not that of `now`. @param {string | null | undefined} iso @param {number} [now] milliseconds */
export function clock(iso, now) {
  const at = iso ? Date.parse(iso) : NaN;
  if (Number.isNaN(at)) return NONE;
  const text = new Date(at).toISOString();
  const today = now === undefined || text.slice(0, 10) === new Date(now).toISOString().slice(0, 10);
  return `${text.slice(today ? 11 : 0, 19)}Z`;
}

/** The time of day in UTC, to the tenth of a second. @param {string | null | undefined} iso */
export function clockFine(iso) {
  const at = iso ? Date.parse(iso) : NaN;
  return Number.isNaN(at) ? NONE : `${new Date(at).toISOString().slice(11, 21)}Z`;
}

/** A span of time: "0.4 s", "12 s", "3 min", "2 h". @param {number | null | undefined} seconds */
export function span(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return NONE;
  const whole = Math.max(0, seconds);
  if (whole < 9.95) return `${whole.toFixed(1)} s`;
  if (whole < 100) return `${Math.round(whole)} s`;
  if (whole < 6000) return `${Math.round(whole / 60)} min`;
  return whole < 172800 ? `${Math.round(whole / 3600)} h` : `${Math.round(whole / 86400)} d`;
}

/** How long ago, by the network's own clock; never negative. @param {string | null | undefined} iso @param {number} now milliseconds */
export function ago(iso, now) {
  const at = iso ? Date.parse(iso) : NaN;
  if (Number.isNaN(at) || !now) return NONE;
  const seconds = Math.max(0, (now - at) / 1000);
  return seconds < 1.5
    ? "now"
    : `${span(Math.round(seconds) >= 10 ? seconds : Math.round(seconds)).replace(".0 s", " s")} ago`;
}

/** Words for people out of a name for machines. @param {string | null | undefined} name */
export function words(name) {
  if (!name) return NONE;
  return name.replaceAll("_", " ").replace(/\b(cpu|rca)\b/g, (word) => word.toUpperCase());
}

/** The same, beginning with a capital. @param {string | null | undefined} name */
export function title(name) {
  const text = words(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A count with its noun. @param {number} count @param {string} noun @param {string} [many] */
export const count = (count, noun, many = `${noun}s`) => `${figure(count, 0)} ${count === 1 ? noun : many}`;

/** Names in the order in which people count: server-2 before server-10. */
export const byName = new Intl.Collator("en", { numeric: true }).compare;

/** A capacity in Mbit/s as "1 G", "40 G", "100 M". @param {number} mbits */
export const capacity = (mbits) =>
  mbits >= 1000 ? `${+(mbits / 1000).toFixed(1)} Gbit/s` : `${figure(mbits, 0)} Mbit/s`;

/** A name that is not longer than `most`: its beginning and its end, which tell names apart. @param {string} name @param {number} most */
export function short(name, most) {
  if (name.length <= most) return name;
  const begin = Math.ceil((most - 1) * 0.6);
  return `${name.slice(0, begin)}…${name.slice(name.length - (most - 1 - begin))}`;
}
