/** Round numbers for an axis, and lines in percent of its plot. */

/** The ticks from 0 to at least `most`: 1, 2 or 5 times a power of ten apart. */
export function ticks(most, wanted = 4) {
  const size = 10 ** Math.floor(Math.log10(most / wanted));
  const excess = most / wanted / size;
  const step = size * (excess > 5 ? 10 : excess > 2 ? 5 : excess > 1 ? 2 : 1);
  const number = Math.ceil(most / step - 1e-9);
  return Array.from({ length: number + 1 }, (_, at) => Number((at * step).toPrecision(12)));
}

/** Split points where there is no value. */
export function runs(points) {
  const found = [[]];
  for (const one of points) {
    if (one.y === null) found.push([]);
    else found.at(-1).push(one);
  }
  return found.filter((run) => run.length);
}

const written = (number) => String(Math.round(number * 100) / 100);

/** A path through points that are in percent; a lone one is a short dash, to be seen at all. */
export function path(run) {
  const words = run.map(({ x, y }) => `${written(x)} ${written(y)}`);
  return `M${words.join("L")}${run.length === 1 ? "h.4" : ""}`;
}

/** The area below it. */
export const area = (run) => `${path(run)}V100H${written(run[0].x)}Z`;
