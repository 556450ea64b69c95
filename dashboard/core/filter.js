// The one filter box: words that must all occur, `key:word`, `key>number`, and `-` before what must not.
//
// Rules: a term with a key that a thing does not have says nothing about it: `level:error` hides no node. Nor does a
// state that only other things can be in: `status:down` hides no incident. `node:"a"` in quotes is all that is of that
// node, its name exactly as it is written: the node, its links, and incidents with either; without quotes it is all whose
// names contain the letters, in whichever case. A metric needs only the beginning of a word of its name: `cpu>80`.

/** @typedef {{key: string, test: (thing: Record<string, unknown>) => boolean | null, not: boolean}} Term */
/** @typedef {{terms: Term[], text: string}} Filter */

/** Another name of a field. @type {Record<string, string>} */
const SHORT = { state: "status" };
/** Letters from which on a key may be the beginning of a metric's name, or of a word of it. */
const LEAST_LETTERS = 3;
/** What a thing is, by a field that only such things have; which of the fields of two sorts of things it calls so. */
const SORTS = [
  { has: "connections", own: { type: "type" }, states: ["healthy", "affected", "degraded", "down"] },
  { has: "capacity", own: {}, states: ["up", "down"] },
  { has: "member_count", own: { kind: "type" }, states: ["open", "escalated", "resolved"] },
];
const SHARED = new Set(["type", "kind"]);
const STATES = [...new Set(SORTS.flatMap((sort) => sort.states))];
const TERM = /(-?)([a-z_]+)(:|>=|<=|>|<)([^\s"]+|"[^"]*")|(-?)("[^"]*"|\S+)/gi;

/** Read a filter; an empty one lets everything through. @param {string} text @returns {Filter} */
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

/** Say whether a thing passes. @param {Filter} filter @param {object} thing */
export function passes(filter, thing) {
  const fields = /** @type {Record<string, unknown>} */ (thing);
  return filter.terms.every((term) => {
    const answer = term.test(fields);
    return answer === null || answer !== term.not;
  });
}

/** The things that pass. @template {object} T @param {Filter} filter @param {Iterable<T>} things @returns {T[]} */
export function only(filter, things) {
  return filter.terms.length ? [...things].filter((thing) => passes(filter, thing)) : [...things];
}

/** @param {string} word */
const bare = (word) => word.replace(/^"|"$/g, "").toLowerCase();

/** @param {boolean} not @param {string} word @returns {Term} */
function free(not, word) {
  return {
    key: "",
    not,
    test: (thing) => Object.values(thing).some((value) => typeof value === "string" && has(value, word)),
  };
}

/** @param {boolean} not @param {string} operand @returns {Term} */
function ofNode(not, operand) {
  const exact = operand.startsWith('"');
  const name = exact ? operand.slice(1, -1) : bare(operand);
  return {
    key: "node",
    not,
    test(thing) {
      const elements = elementsOf(thing);
      return elements && elements.some((element) => (exact ? isOf(name, element) : has(element, name)));
    },
  };
}

/** What a thing concerns: an incident's elements, a node or a link itself; nothing where it has none. @param {Record<string, unknown>} thing @returns {string[] | null} */
function elementsOf(thing) {
  if (Array.isArray(thing.elements) && thing.elements.length) return thing.elements;
  const name = thing.node_id ?? ("id" in thing && !("message" in thing) ? thing.id : thing.node);
  return typeof name === "string" ? [name] : null;
}

/** Whether an element is the one that is asked for, or a link of it; as `shared/domain/concern.py` has it. @param {string} asked @param {string} element */
export function isOf(asked, element) {
  if (element === asked) return true;
  return !asked.includes("--") && (element.startsWith(`${asked}--`) || element.endsWith(`--${asked}`));
}

/** @param {boolean} not @param {string} name @param {string} sign @param {string} operand @returns {Term} */
function keyed(not, name, sign, operand) {
  const limit = Number(operand);
  return {
    key: name,
    not,
    test(thing) {
      const value = field(thing, name, sign);
      if (value === undefined || ((SHORT[name] ?? name) === "status" && isForeign(thing, operand))) return null;
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

/** @param {Record<string, unknown>} thing @param {string} name @param {string} sign */
function field(thing, name, sign) {
  const sort = SORTS.find((one) => one.has in thing);
  if (sort && SHARED.has(name)) return thing[/** @type {Record<string, string>} */ (sort.own)[name] ?? ""];
  if (name in thing) return thing[name];
  const short = SHORT[name] ?? name;
  return short in thing || sign === ":" ? thing[short] : figureOf(thing, name);
}

/** A metric by its name or the beginning of a word of it: `cpu>80`, `mem>80`. @param {Record<string, unknown>} thing @param {string} name */
function figureOf(thing, name) {
  const further = /** @type {Record<string, unknown>} */ (thing.metrics);
  if (!further) return undefined;
  const figures = Object.entries({ ...thing, ...further }).filter(([, value]) => value === null || typeof value === "number");
  const begins = (/** @type {string} */ one) => `_${one}`.includes(`_${name}`);
  return name.length < LEAST_LETTERS ? further[name] : figures.find(([one]) => begins(one))?.[1];
}

/** Say whether a state is one that a thing cannot be in, and others can. @param {Record<string, unknown>} thing @param {string} state */
function isForeign(thing, state) {
  const own = SORTS.find((one) => one.has in thing)?.states ?? [];
  const fits = (/** @type {string} */ one) => one.startsWith(state);
  return !own.some(fits) && STATES.some(fits);
}

/** Words of a name may be written with blanks or underscores. @param {string} value @param {string} word */
function has(value, word) {
  const text = value.toLowerCase();
  return text.includes(word) || text.replaceAll("_", " ").includes(word);
}
