/** What a model has said, or why it was not asked. */

import { bar, element, fill, state } from "./element.js";
import { counted, figure, latency, percent } from "./words.js";

const CLASSES_AT_MOST = 10;

/** `told` is what the model says of itself. */
export function drawAnswer(place, answer, told, seconds, command) {
  const from = `${answer.model} ${answer.version}, answered in ${latency(seconds)} as seen from here`;
  const words = "value" in answer ? value(answer) : [...verdict(answer, told), ...bars(answer, told)];
  fill(place, element("div", {}, ...words, element("p", { class: "sub from" }, from), same(command)));
}

const value = (answer) => [
  element("p", { class: "verdict" }, answer.value === null ? "no number" : figure(answer.value)),
  element("p", { class: "why" }, "the value that the model expects"),
];

function verdict({ label, probabilities }, { threshold, positive, classes }) {
  const sure = probabilities[label];
  const chosen = element("p", { class: "verdict" }, label, " ", element("small", {}, percent(sure)));
  if (positive === null || threshold === null) {
    return [chosen, element("p", { class: "why" }, `the likeliest of ${counted(classes.length, "class", "classes")}`)];
  }
  const where = label === positive ? "reaches" : "is below";
  return [chosen, element("p", { class: "why" },
    `${positive} ${where} its threshold: ${percent(probabilities[positive])}, and ${percent(threshold)} is needed`)];
}

function bars({ label, probabilities }, { threshold, positive }) {
  const sorted = Object.entries(probabilities).sort(([, a], [, b]) => b - a);
  const rest = sorted.length - CLASSES_AT_MOST;
  const lines = sorted.slice(0, CLASSES_AT_MOST).map(([name, share]) =>
    element("li", { class: name === label ? "chosen" : "" },
      element("span", { class: "label" }, name),
      bar(share, { kind: "answer", mark: name === positive ? threshold : null }),
      element("span", { class: "value" }, percent(share))));
  return [
    element("ul", { class: "bars", "aria-label": "Probabilities" }, lines),
    rest > 0 && element("p", { class: "sub" }, `and ${counted(rest, "less likely class", "less likely classes")}`),
  ];
}

const same = (command) =>
  element("details", { class: "data" }, element("summary", {}, "The same with curl"), element("pre", {}, command));

/** Show a refusal in the service's own words. */
export function drawRefusal(place, { title, message, hint, wait = 0 }) {
  const later = wait ? `Ask again in ${counted(wait, "second")}.` : "";
  fill(place, element("div", {}, element("div", { class: "notice bad", role: "alert" },
    state("bad", title), element("p", {}, message),
    (hint || later) && element("p", { class: "sub" }, [hint, later].filter(Boolean).join(". ")))));
}
