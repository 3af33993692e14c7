/** What the answers to a file come to: counts and a histogram. */

const BINS = 20;

export class Tally {
  #labels = new Map();
  #scores = [];

  constructor({ classes, positive, threshold }) {
    this.positive = positive;
    this.threshold = typeof threshold === "number" ? threshold : null;
    for (const name of classes) this.#labels.set(name, 0);
  }

  add({ label, probabilities, value }) {
    if (label !== undefined) this.#labels.set(label, this.#labels.get(label) + 1);
    if (label === undefined) this.#scores.push(value);
    else if (this.positive) this.#scores.push(probabilities[this.positive]);
  }

  /** `{counts, low, high, bins, positive, threshold}`; `bins` is empty without a score. */
  get summary() {
    const scores = this.#scores;
    const [low, high] = this.positive ? [0, 1] : range(scores);
    return {
      counts: [...this.#labels],
      ...{ low, high, positive: this.positive, threshold: this.threshold },
      bins: scores.length ? histogram(scores, low, high) : [],
    };
  }
}

function range(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

function histogram(values, low, high) {
  const bins = new Array(BINS).fill(0);
  const width = (high - low) / BINS || 1;
  for (const value of values) bins[Math.min(Math.floor((value - low) / width), BINS - 1)] += 1;
  return bins;
}
