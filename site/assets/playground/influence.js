/** What made the model answer so: words marked in the text, and a bar for each word or feature. */

import { normalizeText } from "../normalize_text.js";
import { element } from "./element.js";
import { scoreOf } from "./replacement.js";
import { counted, cut, figure, percent, signed } from "./words.js";

const SHOWN = 8;
const LONGEST_NAME = 40;
/** Of the largest change; what is less is not worth a colour. */
const LEAST = 0.01;

export function influence(model, row, { prediction, baseline, found, rows }) {
  if (!found) return element("p", { class: "pg-note" }, "The text is too long to be explained.");
  const points = prediction.label !== undefined;
  const largest = Math.max(...found.map(({ amount }) => Math.abs(amount)), 0);
  const least = Math.max(LEAST * largest, points ? 0.0005 : 0);
  const telling = found.filter(({ amount }) => Math.abs(amount) > least);
  const texts = model.inputs.filter(({ kind }) => kind === "text");
  return element("div", {},
    element("h2", {}, "What moved it"),
    element("p", { class: "pg-note" }, caption(prediction, baseline, found)),
    legend(prediction),
    texts.map(({ name }) => marked(name, row[name], found, { largest, several: texts.length > 1 })),
    telling.length
      ? list(found, { largest, points, several: texts.length > 1 })
      : element("p", { class: "pg-note" }, "Nothing in the row makes a difference."),
    element("p", { class: "pg-note pg-count" }, `${counted(rows, "row")} in one call.`));
}

function caption(prediction, baseline, found) {
  const what = prediction.label === undefined ? "value" : `probability of ${prediction.label}`;
  const removed = found.some(({ word }) => word !== undefined) ? ", or without that word" : "";
  const usual = scoreOf(prediction)(baseline);
  const from = prediction.label === undefined ? figure(usual) : percent(usual);
  return `Each figure is what the ${what} loses with that alone set to typical${removed}. `
    + `A typical row has ${from}.`;
}

/** What the two colours mean; the signs of the figures say it, too. */
function legend({ label }) {
  const [more, less] = label === undefined
    ? ["raises it", "lowers it"] : [`for ${label}`, `against ${label}`];
  return element("p", { class: "pg-legend", "aria-hidden": "true" },
    element("span", { class: "pg-for" }, element("i"), more),
    element("span", { class: "pg-against" }, element("i"), less));
}

function list(found, { largest, points, several }) {
  const lines = found.map((one) => line(one, { largest, points, several }));
  const rest = lines.slice(SHOWN);
  const more = rest.length > 0 && element("details", { class: "pg-more" },
    element("summary", {}, `${counted(rest.length, "smaller one")}`),
    element("ul", { class: "pg-moves", "aria-label": "Smaller changes" }, rest));
  return element("div", {},
    element("ul", { class: "pg-moves", "aria-label": "What moved it" }, lines.slice(0, SHOWN)), more);
}

function line(one, { largest, points, several }) {
  const width = largest > 0 ? `${(50 * Math.abs(one.amount) / largest).toFixed(2)}%` : "0";
  return element("li", { class: one.amount < 0 ? "pg-against" : "pg-for" },
    element("span", { class: "pg-label" }, named(one, several)),
    element("span", { class: "pg-move", "aria-hidden": "true" }, element("i", { style: { width } })),
    element("span", { class: "pg-value" }, signed(one.amount, { points })));
}

function named({ field, word, others, value, typical }, several) {
  const place = several ? ` in ${field}` : "";
  if (others) return `${counted(others, "further word")}${place}`;
  if (word !== undefined) {
    return [element("q", {}, cut(word, LONGEST_NAME)), place && element("small", {}, place)];
  }
  return [field, element("small", {}, ` ${shown(value)}, typical ${shown(typical)}`)];
}

function shown(value) {
  if (value === null || value === "") return "missing";
  return typeof value === "number" ? figure(value) : cut(value, LONGEST_NAME);
}

/** The text as it was typed, each word in the colour of what it does. */
function marked(name, text, found, { largest, several }) {
  if (typeof text !== "string" || !normalizeText(text)) return null;
  const amounts = new Map(found.filter(({ field, word }) => field === name && word !== undefined)
    .map(({ word, amount }) => [word, amount]));
  const pieces = pieceTogether(text).map(([piece, words]) => {
    const amount = words.reduce((sum, word) => sum + (amounts.get(word) ?? 0), 0);
    const share = largest > 0 ? Math.min(Math.abs(amount) / largest, 1) : 0;
    if (share < LEAST * 2) return piece;
    const kind = amount < 0 ? "pg-against" : "pg-for";
    return element("mark", { class: kind, style: { "--share": share.toFixed(3) } }, piece);
  });
  return element("div", { class: "pg-text" },
    several && element("p", { class: "pg-note" }, name), element("p", {}, pieces));
}

/**
 * The pieces between spaces, each with the words that the model reads in it. Where they are not
 * what it reads in the whole, its own words stand for the text.
 */
function pieceTogether(text) {
  const read = (piece) => normalizeText(piece).split(" ").filter(Boolean);
  const pieces = text.split(/(\s+)/).map((piece) => [piece, read(piece)]);
  const whole = read(text);
  if (pieces.flatMap(([, words]) => words).join(" ") === whole.join(" ")) return pieces;
  return whole.flatMap((word) => [[word, [word]], [" ", []]]);
}
