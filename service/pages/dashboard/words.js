/** Numbers and times as people write them. */

/** Holds a number and its unit on one line. */
const TIGHT = "\u00a0";

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 4 });
const tenth = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });

export const count = (number) => whole.format(number);

/** `1 row`, `2 rows`. */
export const counted = (number, one, many = `${one}s`) =>
  `${count(number)} ${number === 1 ? one : many}`;

/** A number of which only the first four digits matter. */
export const figure = (number) =>
  (Number.isFinite(number) ? short.format(number).replace("-", "−") : "no number");

/** A metric, of which three places behind the point are read. */
export const score = (number) =>
  (Math.abs(number) <= 1 ? number.toFixed(3).replace("-", "−") : figure(number));

/** Events a second. */
export const rate = (number) => (number >= 100 ? whole.format(number) : tenth.format(number));

export function percent(share) {
  if (!Number.isFinite(share)) return "no number";
  return `${(100 * share).toFixed(share > 0 && share < 0.001 ? 2 : 1)}${TIGHT}%`;
}

/** A time in seconds, in the unit that suits it: `[number, unit]`. */
export function unit(seconds) {
  if (seconds >= 1) return [short.format(Number(seconds.toPrecision(2))), "s"];
  return [short.format(Number((seconds * 1000).toPrecision(2))), "ms"];
}

export const latency = (seconds) => (Number.isFinite(seconds) ? unit(seconds).join(TIGHT) : "–");

/** Bytes in MiB. */
export const mebibytes = (bytes) => count(bytes / 2 ** 20);

const SPANS = [["day", 86400], ["h", 3600], ["min", 60], ["s", 1]];

/** A span of time, by its two largest units. */
export function span(seconds) {
  const first = SPANS.findIndex(([, size]) => seconds >= size);
  if (first < 0) return `0${TIGHT}s`;
  let rest = Math.floor(seconds);
  return SPANS.slice(first, first + 2).map(([name, size]) => {
    const number = Math.floor(rest / size);
    rest -= number * size;
    return number ? `${number}${TIGHT}${name === "day" && number > 1 ? "days" : name}` : "";
  }).filter(Boolean).join(" ");
}

export const clock = (milliseconds) =>
  new Date(milliseconds).toLocaleTimeString("en-GB", { hour12: false });

/** `21 Nov 2026` of an ISO time; whatever else it is, as it is. */
export function day(text) {
  const time = new Date(text);
  if (!text || Number.isNaN(time.getTime())) return text || "";
  const form = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
  return time.toLocaleDateString("en-GB", form);
}

const METRICS = {
  roc_auc: "ROC AUC",
  roc_auc_ovr: "ROC AUC, one against rest",
  f1: "F1",
  f1_macro: "macro F1",
  matthews_corrcoef: "Matthews correlation",
  brier_score: "Brier score",
  r2: "R²",
};

export const metricName = (id) => METRICS[id] ?? id.replaceAll("_", " ");
