// Formats figures, times and names for people. An unknown value is a dash.
//
// Rules: a figure has fixed digits, or three significant digits where fixed ones would change it by more than 5 %: only
// zero is written as zero. A rate has three significant digits and an SI prefix. `shared/domain/units.py` has the same
// rules, and `tests/units.json` tests both.

export const NONE = "–";
const RATE = "Mbit/s";
/** Seconds; a shorter duration that is not zero is shown as "<0.1 s". */
const SHORTEST = 0.1;

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

const SIGNIFICANT = 3;
const WRONG_AT_MOST = 0.05;
const PREFIXES = ["", "k", "M", "G", "T", "P"];

/** @param {number | null | undefined} value @returns {value is number} */
const known = (value) => value !== null && value !== undefined && Number.isFinite(value);

/** A figure with fixed digits, or with three significant ones where fixed ones are too coarse. @param {number | null | undefined} value @param {number} [digits] */
export function figure(value, digits = 1) {
  if (!known(value)) return NONE;
  const fixed = value.toFixed(digits);
  if (Math.abs(Number(fixed) - value) > WRONG_AT_MOST * Math.abs(value)) return significant(value);
  return digits === 0 ? grouped.format(value) : fixed;
}

/** A number with three significant digits, without exponent and trailing zeros. @param {number} value */
function significant(value) {
  const digits = SIGNIFICANT - 1 - Math.floor(Math.log10(Math.abs(value)));
  const text = value.toFixed(Math.min(100, Math.max(0, digits)));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** A rate in Mbit/s as "64 kbit/s", "1.5 Mbit/s", "1 Tbit/s". @param {number | null | undefined} mbits */
export function rate(mbits) {
  if (!known(mbits)) return NONE;
  const short = Number((mbits * 1e6).toPrecision(SIGNIFICANT));
  const fits = PREFIXES.findLastIndex((_, power) => Math.abs(short) >= 1000 ** power);
  const power = Math.max(0, fits);
  return `${short / 1000 ** power} ${PREFIXES[power]}bit/s`;
}

/** @param {number | null | undefined} value @param {string} unit @param {number} [digits] */
export function quantity(value, unit, digits) {
  if (unit === RATE) return rate(value);
  const text = figure(value, digits);
  return text === NONE || !unit ? text : `${text} ${unit}`;
}

/** A share from 0 to 1 as percent; less than 1 is never written as 100 %. @param {number | null | undefined} share @param {number} [digits] */
export function percent(share, digits = 0) {
  if (!known(share)) return NONE;
  let text = figure(share * 100, digits);
  for (let more = digits + 1; share < 1 && Number(text) === 100 && more <= MOST_DIGITS; more++)
    text = (share * 100).toFixed(more);
  return `${text} %`;
}
const MOST_DIGITS = 4;

/** A time in UTC, as the command line writes and accepts it; with the date if that is not the date of `now`. @param {string | null | undefined} iso @param {number} [now] milliseconds */
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

/** A span of time: "<0.1 s", "0.4 s", "12 s", "3 min", "2 h". @param {number | null | undefined} seconds */
export function span(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return NONE;
  const whole = Math.max(0, seconds);
  if (whole > 0 && whole < SHORTEST) return `<${SHORTEST} s`;
  if (whole < 9.95) return `${whole.toFixed(1)} s`;
  if (whole < 100) return `${Math.round(whole)} s`;
  if (whole < 6000) return `${Math.round(whole / 60)} min`;
  return whole < 172800 ? `${Math.round(whole / 3600)} h` : `${Math.round(whole / 86400)} d`;
}

/** The age of a time in network time; never negative. @param {string | null | undefined} iso @param {number} now milliseconds */
export function ago(iso, now) {
  const at = iso ? Date.parse(iso) : NaN;
  if (Number.isNaN(at) || !now) return NONE;
  const seconds = Math.max(0, (now - at) / 1000);
  return seconds < 1.5
    ? "now"
    : `${span(Math.round(seconds) >= 10 ? seconds : Math.round(seconds)).replace(".0 s", " s")} ago`;
}

/** Control characters, direction marks and other invisible characters. Joiners belong to letters, except between ASCII ones. */
const UNSEEN = /(?<![^\x00-\x7f])[\u200c\u200d]|(?![\u200c\u200d])\p{Cf}|[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;
const SHORT_ESCAPES = /** @type {Record<string, string>} */ ({ "\n": "\\n", "\r": "\\r", "\t": "\\t" });

/** A text from outside with control and invisible characters escaped; `nms.terminal.plain` does the same. @param {string} text */
export const plain = (text) => text.replace(UNSEEN, escaped);

/** @param {string} char */
function escaped(char) {
  const code = /** @type {number} */ (char.codePointAt(0));
  const hex = (/** @type {string} */ sign, /** @type {number} */ digits) =>
    `\\${sign}${code.toString(16).padStart(digits, "0")}`;
  return SHORT_ESCAPES[char] ?? (code < 0x100 ? hex("x", 2) : code < 0x10000 ? hex("u", 4) : hex("U", 8));
}

/** An identifier as readable text: spaces instead of underscores, abbreviations in capitals. @param {string | null | undefined} name */
export function readable(name) {
  if (!name) return NONE;
  return name.replaceAll("_", " ").replace(/\b(cpu|rca)\b/g, (part) => part.toUpperCase());
}

/** @param {string | null | undefined} name */
export function title(name) {
  const text = readable(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {number} count @param {string} noun @param {string} [many] */
export const count = (count, noun, many = `${noun}s`) => `${figure(count, 0)} ${count === 1 ? noun : many}`;

/** Natural order of names: server-2 before server-10. */
export const byName = new Intl.Collator("en", { numeric: true }).compare;

/** A name of at most `most` characters: if it is longer, its beginning and its end. @param {string} name @param {number} most */
export function short(name, most) {
  if (name.length <= most) return name;
  const begin = Math.ceil((most - 1) * 0.6);
  return `${name.slice(0, begin)}…${name.slice(name.length - (most - 1 - begin))}`;
}
