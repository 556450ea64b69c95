// A ring of rows in typed arrays. Every value is written twice, so that the newest rows always lie in one piece.

/** Seconds; a row that is older by more is no late one: the clock was set back, and what was is of another time. */
const SET_BACK = 10;

/** Times and values of a few series, the newest `capacity` rows of them. */
export class Ring {
  /** @param {number} series how many values a row has @param {number} capacity rows kept */
  constructor(series, capacity) {
    this.capacity = capacity;
    this.length = 0;
    this.end = 0;
    /** @type {Float64Array[]} */
    this.columns = Array.from({ length: series + 1 }, () => new Float64Array(capacity * 2).fill(NaN));
  }

  /** Add a row; one that is not newer than the last is left out. @param {number} time @param {ArrayLike<number | null | undefined>} values */
  push(time, values) {
    if (time < this.newest - SET_BACK) this.clear();
    if (this.length && !(time > this.newest)) return false;
    this.#write(0, time);
    for (let i = 1; i < this.columns.length; i++) this.#write(i, values[i - 1] ?? NaN);
    this.end = (this.end + 1) % this.capacity;
    this.length = Math.min(this.length + 1, this.capacity);
    return true;
  }

  /** The time of the newest row; NaN without one. */
  get newest() {
    return this.length ? this.columns[0][this.end + this.capacity - 1] : NaN;
  }

  /** The rows from `from` on, oldest first: times, then one array a series. Nothing is copied. @param {number} [from] */
  view(from = -Infinity) {
    const end = this.end + this.capacity;
    let begin = end - this.length;
    while (begin < end && this.columns[0][begin] < from) begin++;
    return this.columns.map((column) => column.subarray(begin, end));
  }

  clear() {
    this.length = 0;
    this.end = 0;
  }

  /** @param {number} column @param {number} value */
  #write(column, value) {
    this.columns[column][this.end] = value;
    this.columns[column][this.end + this.capacity] = value;
  }
}

/** The stretches of which nothing is known: where values are missing, or times are further apart than `longest`. Pairs of times. @param {ArrayLike<number>} times @param {ArrayLike<number>} values @param {number} longest @param {number} [first] @param {number} [last] @returns {[number, number][]} */
export function gaps(times, values, longest, first = 0, last = times.length - 1) {
  const found = /** @type {[number, number][]} */ ([]);
  let before = NaN;
  let missing = false;
  for (let i = first; i <= last; i++) {
    if (Number.isNaN(values[i])) {
      missing = true;
      continue;
    }
    if (missing || times[i] - before > longest) found.push([Number.isNaN(before) ? times[first] : before, times[i]]);
    before = times[i];
    missing = false;
  }
  if (missing) found.push([Number.isNaN(before) ? times[first] : before, times[last]]);
  return found;
}
