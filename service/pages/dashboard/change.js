/** What has happened between two looks at counters. */

const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

/**
 * How much each series of a counter has grown. A counter that is smaller than before began anew;
 * one that was not there began at zero. Without `before`, since its beginning.
 */
export function growth(before, after, name, wanted = () => true) {
  return after.series(name).filter(({ labels }) => wanted(labels)).map(({ key, labels, value }) => {
    const was = before?.at(name, key) ?? 0;
    return { labels, value: value >= was ? value - was : value };
  });
}

export const total = (series) => sum(series.map(({ value }) => value));

/** Add up series by one of their labels. */
export function by(label, series) {
  const sums = new Map();
  for (const { labels: { [label]: one }, value } of series) {
    sums.set(one, (sums.get(one) ?? 0) + value);
  }
  return sums;
}

/**
 * Estimate a quantile from the buckets of a histogram, as Prometheus' histogram_quantile does:
 * linear within a bucket, and the last bound for what lies beyond it. NaN if nothing was counted.
 */
export function quantile(share, series) {
  const bounds = [...by("le", series)]
    .map(([bound, value]) => [bound === "+Inf" ? Infinity : Number(bound), value])
    .sort(([a], [b]) => a - b);
  const all = bounds.at(-1)?.[1] ?? 0;
  if (!all) return NaN;
  const rank = share * all;
  const at = bounds.findIndex(([, value]) => value >= rank);
  if (bounds[at][0] === Infinity) return bounds.at(-2)?.[0] ?? NaN;
  const [low, below] = at ? bounds[at - 1] : [0, 0];
  const [high, within] = bounds[at];
  return low + (high - low) * (within > below ? (rank - below) / (within - below) : 1);
}

/** Whether a route is one where models are asked. */
export const asks = ({ route }) => /\/(predict|infer|explain)$/.test(route);
