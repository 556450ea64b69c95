// The filter of all views: words that must all occur, `key:word`, `key>number`, and `-` to exclude.
//
// Rules
//
// 1. A term with a key that an item does not have ignores the item: `level:error` hides no node. So does a state that
//    only other kinds of item can have: `status:down` hides no incident.
// 2. `node:"a"` in quotes selects the node with exactly this name, its links, and incidents that concern either.
//    Without quotes it selects all whose names contain the text, in any case.
// 3. The beginning of a word in a metric's name is enough: `cpu>80`.

/** @typedef {{key: string, test: (item: Record<string, unknown>) => boolean | null, not: boolean}} Term */
/** @typedef {{terms: Term[], text: string}} Filter */

/** @type {Record<string, string>} */
const SHORT = { state: "status" };
/** A key with at least so many letters may abbreviate a word in a metric's name. */
const LEAST_LETTERS = 3;
/** The categories of item: a field that only this category has, its own fields for the shared keys, its states. */
const CATEGORIES = [
  { has: "connections", own: { type: "type" }, states: ["healthy", "affected", "degraded", "down"] },
  { has: "capacity", own: {}, states: ["up", "down"] },
  { has: "member_count", own: { kind: "type" }, states: ["open", "escalated", "resolved"] },
];
const SHARED = new Set(["type", "kind"]);
const STATES = [...new Set(CATEGORIES.flatMap((one) => one.states))];
const TERM = /(-?)([a-z_]+)(:|>=|<=|>|<)([^\s"]+|"[^"]*")|(-?)("[^"]*"|\S+)/gi;

/** Parse a filter; an empty one passes everything. @param {string} text @returns {Filter} */
export function parse(text) {
  const terms = [];
  for (const [, no, name, sign, operand, minus, word] of text.matchAll(TERM)) {
    const key = name?.toLowerCase();
    if (key === "node" && sign === ":") terms.push(ofNode(no === "-", operand));
    else if (key) terms.push(keyed(no === "-", key, sign, bare(operand)));
    else if (bare(word)) terms.push(free(minus === "-", bare(word)));
  }
  return { terms, text };
}

/** @param {Filter} filter @param {object} item */
export function passes(filter, item) {
  const fields = /** @type {Record<string, unknown>} */ (item);
  return filter.terms.every((term) => {
    const answer = term.test(fields);
    return answer === null || answer !== term.not;
  });
}

/** @template {object} T @param {Filter} filter @param {Iterable<T>} items @returns {T[]} */
export function only(filter, items) {
  return filter.terms.length ? [...items].filter((item) => passes(filter, item)) : [...items];
}

/** @param {string} word */
const bare = (word) => word.replace(/^"|"$/g, "").toLowerCase();

/** @param {boolean} not @param {string} word @returns {Term} */
function free(not, word) {
  return {
    key: "",
    not,
    test: (item) => Object.values(item).some((value) => typeof value === "string" && has(value, word)),
  };
}

/** @param {boolean} not @param {string} operand @returns {Term} */
function ofNode(not, operand) {
  const exact = operand.startsWith('"');
  const name = exact ? operand.slice(1, -1) : bare(operand);
  return {
    key: "node",
    not,
    test(item) {
      const elements = elementsOf(item);
      return elements && elements.some((element) => (exact ? isOf(name, element) : has(element, name)));
    },
  };
}

/** The elements that an item concerns: those of an incident, a node or a link itself; null if none. @param {Record<string, unknown>} item @returns {string[] | null} */
function elementsOf(item) {
  if (Array.isArray(item.elements) && item.elements.length) return item.elements;
  const name = item.node_id ?? ("id" in item && !("message" in item) ? item.id : item.node);
  return typeof name === "string" ? [name] : null;
}

/** Whether an element is the requested one or one of its links; `shared/domain/concern.py` has the same rule. @param {string} wanted @param {string} element */
export function isOf(wanted, element) {
  if (element === wanted) return true;
  return !wanted.includes("--") && (element.startsWith(`${wanted}--`) || element.endsWith(`--${wanted}`));
}

/** @param {boolean} not @param {string} name @param {string} sign @param {string} operand @returns {Term} */
function keyed(not, name, sign, operand) {
  const limit = Number(operand);
  return {
    key: name,
    not,
    test(item) {
      const value = field(item, name, sign);
      if (value === undefined || ((SHORT[name] ?? name) === "status" && isForeign(item, operand))) return null;
      if (sign === ":") return has(String(value), operand);
      if (typeof value !== "number") return value === null ? false : null;
      return sign === ">"
        ? value > limit
        : sign === "<"
          ? value < limit
          : sign === ">="
            ? value >= limit
            : value <= limit;
    },
  };
}

/** @param {Record<string, unknown>} item @param {string} name @param {string} sign */
function field(item, name, sign) {
  const category = CATEGORIES.find((one) => one.has in item);
  if (category && SHARED.has(name)) return item[/** @type {Record<string, string>} */ (category.own)[name] ?? ""];
  if (name in item) return item[name];
  const short = SHORT[name] ?? name;
  return short in item || sign === ":" ? item[short] : figureOf(item, name);
}

/** The value of a metric by its name or the beginning of a word in it: `cpu>80`, `mem>80`. @param {Record<string, unknown>} item @param {string} name */
function figureOf(item, name) {
  const further = /** @type {Record<string, unknown>} */ (item.metrics);
  if (!further) return undefined;
  const figures = Object.entries({ ...item, ...further }).filter(([, value]) => value === null || typeof value === "number");
  const begins = (/** @type {string} */ one) => `_${one}`.includes(`_${name}`);
  return name.length < LEAST_LETTERS ? further[name] : figures.find(([one]) => begins(one))?.[1];
}

/** Whether only other categories of item have a state. @param {Record<string, unknown>} item @param {string} state */
function isForeign(item, state) {
  const own = CATEGORIES.find((one) => one.has in item)?.states ?? [];
  const fits = (/** @type {string} */ one) => one.startsWith(state);
  return !own.some(fits) && STATES.some(fits);
}

/** Underscores in names also match spaces. @param {string} value @param {string} word */
function has(value, word) {
  const text = value.toLowerCase();
  return text.includes(word) || text.replaceAll("_", " ").includes(word);
}
