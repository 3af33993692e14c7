/** What every section of the page is made of. */

import { element } from "./element.js";

export const sub = (...words) => element("span", { class: "sub" }, ...words);
export const faint = (...words) => element("span", { class: "faint" }, ...words);
export const paragraph = (kind, ...words) => element("p", { class: kind }, ...words);

/** Words behind a summary that opens them. */
export const folded = (summary, ...inside) =>
  element("details", { class: "data" }, element("summary", {}, summary), ...inside);

const SHAPES = {
  ok: "M8 0a8 8 0 100 16A8 8 0 008 0zm3.8 5.6L7 11.3 4.2 8.7l1-1.1L6.9 9.1l3.7-4.5z",
  warn: "M8 1L16 15H0zM7.2 6v5h1.6V6zm0 6v1.6h1.6V12z",
  bad: "M4.7 0h6.6L16 4.7v6.6L11.3 16H4.7L0 11.3V4.7zm.9 4.5L4.5 5.6 6.9 8l-2.4 2.4 1.1 1.1L8 9.1"
    + "l2.4 2.4 1.1-1.1L9.1 8l2.4-2.4-1.1-1.1L8 6.9z",
  none: "M8 0a8 8 0 100 16A8 8 0 008 0zm0 1.5a6.5 6.5 0 110 13 6.5 6.5 0 010-13zM4.5 7.2h7v1.6h-7z",
};

/** Say how something is: by a shape, a word and a colour. `kind` is ok, warn, bad or none. */
export function state(kind, ...words) {
  const shape = element("path", { d: SHAPES[kind], "fill-rule": "evenodd" });
  const icon = element("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, shape);
  return element("span", { class: `state ${kind}` }, icon, ...words);
}

/** Draw a share from 0 to 1, with a mark where `mark` is; the number stands beside it. */
export function bar(share, { kind = "", mark = null } = {}) {
  const width = `${(100 * Math.min(Math.max(share, 0), 1)).toFixed(2)}%`;
  const filled = element("i", { class: share > 0 ? "" : "nothing", style: { width } });
  const marked = mark !== null && element("b", { style: { left: `${(100 * mark).toFixed(2)}%` } });
  return element("span", { class: `bar ${kind}`, "aria-hidden": "true" }, filled, marked);
}

/** A line of a list of bars. */
export const barLine = (label, drawn, value, kind = null) =>
  element("li", { class: kind },
    element("span", { class: "label" }, label), drawn, element("span", { class: "value" }, value));

/**
 * A table: `columns` are words, or `[word, class]`; rows are lists of cells, the first a heading.
 * The roles outlive a style sheet that lays the table out as something else.
 */
export function table(columns, rows, { kind = "", title = "" } = {}) {
  const names = columns.map((column) => [column].flat());
  const head = names.map(([word, style = null]) =>
    element("th", { scope: "col", role: "columnheader", class: style }, word));
  const body = rows.map((cells) =>
    element("tr", { role: "row" }, cells.map((cell, at) => (at
      ? element("td", { role: "cell", class: names[at][1] ?? null }, ...[cell].flat())
      : element("th", { role: "rowheader", scope: "row" }, ...[cell].flat())))));
  return element("table", { role: "table", class: kind },
    title && element("caption", {}, title),
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...head)),
    element("tbody", { role: "rowgroup" }, ...body));
}
