// A ring buffer of rows in typed arrays. Every value is written twice, so that the newest rows are always contiguous.

/** Seconds; a row older by more means that the clock was set back, and the ring is cleared. */
const SET_BACK = 10;

/** The newest `capacity` rows of a few series: a time and one value each. */
export class Ring {
  /** @param {number} series how many values a row has @param {number} capacity rows kept */
  constructor(series, capacity) {
    this.capacity = capacity;
    this.length = 0;
    this.end = 0;
    /** @type {Float64Array[]} */
    this.columns = Array.from({ length: series + 1 }, () => new Float64Array(capacity * 2).fill(NaN));
  }

  /** Add a row, unless it is not newer than the last; return whether it was added. @param {number} time @param {ArrayLike<number | null | undefined>} values */
  push(time, values) {
    if (time < this.newest - SET_BACK) this.clear();
    if (this.length && !(time > this.newest)) return false;
    this.#write(0, time);
    for (let i = 1; i < this.columns.length; i++) this.#write(i, values[i - 1] ?? NaN);
    this.end = (this.end + 1) % this.capacity;
    this.length = Math.min(this.length + 1, this.capacity);
    return true;
  }

  /** The time of the newest row; NaN if there is none. */
  get newest() {
    return this.length ? this.columns[0][this.end + this.capacity - 1] : NaN;
  }

  /** The rows since `from`, oldest first: times, then one array for each series. Nothing is copied. @param {number} [from] */
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

/** The gaps as pairs of times: where values are missing, or times are further apart than `longest`. @param {ArrayLike<number>} times @param {ArrayLike<number>} values @param {number} longest @param {number} [first] @param {number} [last] @returns {[number, number][]} */
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
