/** The answers to a file, drawn: how many of each label, and how the scores lie. */

import { bar } from "./answer.js";
import { coded, element } from "./element.js";
import { count, counted, figure, percent } from "./words.js";

export function chart(summary) {
  return element("div", { class: "pg-charts" },
    summary.counts.length > 0 && labels(summary),
    summary.bins.length > 0 && histogram(summary));
}

function labels({ counts }) {
  const all = counts.reduce((sum, [, number]) => sum + number, 0) || 1;
  const lines = counts.map(([name, number]) => element("li", {},
    element("span", { class: "pg-label" }, name),
    bar(number / all, { kind: "pg-told" }),
    element("span", { class: "pg-value" }, `${count(number)}, ${percent(number / all)}`)));
  return element("div", {},
    element("h3", {}, "Labels"),
    element("ul", { class: "pg-bars", "aria-label": "Rows of each label" }, lines));
}

function histogram({ bins, low, high, positive, threshold }) {
  const title = positive ? `Probability of ${positive}` : "Values";
  const written = positive ? percent : figure;
  const width = (high - low) / bins.length;
  const most = Math.max(...bins);
  const edges = bins.map((_, at) => [low + at * width, low + (at + 1) * width]);
  const words = `${title}: most rows, ${count(most)}, lie between `
    + `${edges[bins.indexOf(most)].map(written).join(" and ")}.`;
  const drawn = bins.map((number, at) => element("rect", {
    x: at + 0.08, width: 0.84, y: 100 - (100 * number) / most, height: (100 * number) / most,
  }));
  const mark = threshold === null ? null : marked(threshold);
  return element("figure", { class: "pg-histogram" },
    element("figcaption", {}, element("h3", {}, title)),
    element("div", { class: "pg-plot", role: "img", "aria-label": words },
      element("svg", { viewBox: `0 0 ${bins.length} 100`, preserveAspectRatio: "none",
        "aria-hidden": "true" }, drawn), mark),
    element("div", { class: "pg-ends" },
      element("span", {}, written(low)), element("span", {}, written(high))),
    table(edges.map((edge) => edge.map(written)), bins));
}

/** The threshold, on an axis from 0 to 1; its words keep inside. */
function marked(threshold) {
  const [left, right] = [threshold, 1 - threshold].map((share) => `${(100 * share).toFixed(2)}%`);
  const words = element("span", { class: "pg-mark", style: threshold > 0.5 ? { right } : { left } },
    `threshold ${percent(threshold)}`);
  return [element("b", { style: { left } }), words];
}

function table(edges, bins) {
  const lines = edges.map(([from, to], at) => element("tr", {},
    element("th", { scope: "row" }, `${from} to ${to}`),
    element("td", { class: "pg-number" }, count(bins[at]))));
  return element("details", { class: "pg-more" },
    element("summary", {}, "Show data"),
    element("table", { class: "pg-table" },
      element("thead", {}, element("tr", {},
        element("th", { scope: "col" }, "Between"),
        element("th", { scope: "col", class: "pg-number" }, "Rows"))),
      element("tbody", {}, lines)));
}

/** The rows that got no answer. */
export function rejects(shown, rejected) {
  const lines = shown.map(({ line, field, reason }) => element("tr", {},
    element("td", { class: "pg-line" }, count(line)),
    element("td", {}, field), element("td", {}, coded(reason))));
  const rest = rejected - shown.length;
  return element("div", {},
    element("h3", {}, `${counted(rejected, "row")} without an answer`),
    element("div", { class: "pg-scroll", tabindex: "0", role: "region",
      "aria-label": "Rows without an answer" },
    element("table", { class: "pg-table" },
      element("thead", {}, element("tr", {},
        ["Line", "Field", "Reason"].map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, lines))),
    rest > 0 && element("p", { class: "pg-note" },
      `and ${counted(rest, "more", "more")}: the file with the bad rows has them all.`));
}
