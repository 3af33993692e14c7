/** What the model says, in words and bars. */

import { element } from "./element.js";
import { counted, figure, percent } from "./words.js";

const CLASSES_AT_MOST = 10;

/** The answer, for a reader and for whoever looks. */
export function answer(model, prediction) {
  if (prediction.label === undefined) {
    return element("div", {},
      verdict(figure(prediction.value), ""),
      element("p", { class: "pg-why" }, "the value that the model expects"));
  }
  const { label, probabilities } = prediction;
  return element("div", {},
    verdict(label, percent(probabilities[label])),
    element("p", { class: "pg-why" }, reason(model, prediction)),
    isBinary(model) ? share(model, prediction) : shares(model, prediction));
}

const isBinary = ({ classes, positive }) => classes.length === 2 && Boolean(positive);

const verdict = (words, small) => element("p", { class: "pg-verdict" },
  element("strong", {}, words), small && element("span", {}, ` ${small}`));

/** Why that label: a sentence, also for staging. */
export function reason({ classes, positive, threshold }, { label, probabilities }) {
  if (!positive || typeof threshold !== "number") {
    return `the likeliest of ${counted(classes.length, "class", "classes")}`;
  }
  const where = label === positive ? "reaches" : "is below";
  const found = percent(probabilities[positive]);
  return `${positive} ${where} its threshold: ${found}, and ${percent(threshold)} is needed`;
}

/** One bar for the class that is looked for, with the mark of its threshold. */
function share({ positive, threshold, classes }, { label, probabilities }) {
  const found = probabilities[positive];
  const [other] = classes.filter((name) => name !== positive);
  const mark = typeof threshold === "number" ? threshold : 0.5;
  const named = typeof threshold === "number" ? `threshold ${percent(mark)}` : "even";
  const place = mark > 0.5 ? { right: at(1 - mark) } : { left: at(mark) };
  return element("div", { class: "pg-share", "aria-hidden": "true" },
    bar(found, { mark, kind: label === positive ? "pg-told" : "" }),
    element("span", { class: "pg-mark", style: place }, named),
    element("div", { class: "pg-ends" },
      element("span", {}, other), element("span", {}, `${positive} ${percent(found)}`)));
}

function shares({ positive, threshold }, { label, probabilities }) {
  const sorted = Object.entries(probabilities).sort(([, a], [, b]) => b - a);
  const rest = sorted.length - CLASSES_AT_MOST;
  const lines = sorted.slice(0, CLASSES_AT_MOST).map(([name, found]) =>
    element("li", { class: name === label && "pg-chosen" },
      element("span", { class: "pg-label" }, name),
      bar(found, { mark: name === positive ? threshold : null,
        kind: name === label ? "pg-told" : "" }),
      element("span", { class: "pg-value" }, percent(found))));
  return element("div", {},
    element("ul", { class: "pg-bars", "aria-label": "Probabilities" }, lines),
    rest > 0 && element("p", { class: "pg-why" },
      `and ${counted(rest, "less likely class", "less likely classes")}`));
}

const at = (found) => `${(100 * Math.min(Math.max(found, 0), 1)).toFixed(2)}%`;

/** A bar of a share from 0 to 1; the number stands beside it. */
export function bar(found, { mark = null, kind = "" } = {}) {
  return element("span", { class: `pg-bar ${kind}`, "aria-hidden": "true" },
    element("i", { style: { width: at(found) } }),
    typeof mark === "number" && element("b", { style: { left: at(mark) } }));
}
