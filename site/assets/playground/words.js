/** Numbers as people write them. */

/** Holds a number and its unit on one line. */
const TIGHT = "\u00a0";
const MINUS = "\u2212";

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 4 });

const written = (text) => text.replace("-", MINUS);

export const count = (number) => whole.format(number);

/** `1 row`, `2 rows`. */
export const counted = (number, one, many = `${one}s`) =>
  `${count(number)} ${number === 1 ? one : many}`;

/** A number of which only the first four digits matter. */
export const figure = (number) =>
  (Number.isFinite(number) ? written(short.format(number)) : "no number");

export const percent = (share) =>
  (Number.isFinite(share) ? `${(100 * share).toFixed(1)}${TIGHT}%` : "no number");

/** A change, with its sign: of a probability in percentage points, else in the value's own unit. */
export function signed(amount, { points }) {
  const text = points ? (100 * amount).toFixed(1) : short.format(Number(amount.toPrecision(3)));
  const bare = text.replace("-", "");
  if (Number(bare.replaceAll(",", "")) === 0) return bare;
  return `${amount < 0 ? MINUS : "+"}${bare}`;
}

/** A very small number: a difference of two runtimes. */
export const tiny = (number) => (number === 0 ? "0" : number.toExponential(1));

export const milliseconds = (time) =>
  `${time < 10 ? time.toFixed(1) : whole.format(time)}${TIGHT}ms`;

export const seconds = (time) => `${(time / 1000).toFixed(1)}${TIGHT}s`;

export function size(bytes) {
  const units = [["MB", 1e6], ["KB", 1e3]];
  const [unit, one] = units.find(([, least]) => bytes >= least) ?? ["bytes", 1];
  return `${short.format(Number((bytes / one).toPrecision(3)))}${TIGHT}${unit}`;
}

/** A text that is no longer than that. */
export const cut = (text, longest) => (text.length > longest ? `${text.slice(0, longest)}…` : text);

/** `21 Nov 2026, 10:00 UTC` of an ISO moment; whatever else it is, as it is. */
export function moment(text) {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return String(text);
  const form = {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
    timeZone: "UTC", hourCycle: "h23",
  };
  return `${time.toLocaleString("en-GB", form)} UTC`;
}
