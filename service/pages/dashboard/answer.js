/** What a model has said, or why it was not asked. */

import { element, fill } from "./element.js";
import { bar, barLine, folded, paragraph, state } from "./parts.js";
import { counted, figure, latency, percent } from "./words.js";

const CLASSES_AT_MOST = 10;

/** `told` is what the model says of itself. */
export function drawAnswer(place, answer, told, seconds, command) {
  const from = `${answer.model} ${answer.version}, in ${latency(seconds)} as seen from here`;
  const words = "value" in answer
    ? value(answer)
    : [...verdict(answer, told), ...bars(answer, told)];
  fill(place, element("div", {},
    ...words,
    paragraph("sub from", from),
    folded("The same with curl", element("pre", {}, command))));
}

const value = (answer) => [
  paragraph("verdict", answer.value === null ? "no number" : figure(answer.value)),
  paragraph("why", "the value that the model expects"),
];

function verdict({ label, probabilities }, { threshold, positive, classes }) {
  const sure = element("small", {}, percent(probabilities[label]));
  return [paragraph("verdict", label, " ", sure), paragraph("why", reason())];

  function reason() {
    if (positive === null || threshold === null) {
      return `the likeliest of ${counted(classes.length, "class", "classes")}`;
    }
    const where = label === positive ? "reaches" : "is below";
    const found = percent(probabilities[positive]);
    return `${positive} ${where} its threshold: ${found}, and ${percent(threshold)} is needed`;
  }
}

function bars({ label, probabilities }, { threshold, positive }) {
  const sorted = Object.entries(probabilities).sort(([, a], [, b]) => b - a);
  const rest = sorted.length - CLASSES_AT_MOST;
  const lines = sorted.slice(0, CLASSES_AT_MOST).map(([name, share]) => {
    const drawn = bar(share, { kind: "answer", mark: name === positive ? threshold : null });
    return barLine(name, drawn, percent(share), name === label ? "chosen" : null);
  });
  const more = counted(rest, "less likely class", "less likely classes");
  return [
    element("ul", { class: "bars", "aria-label": "Probabilities" }, lines),
    rest > 0 && paragraph("sub", `and ${more}`),
  ];
}

/** Show a refusal in the service's own words. */
export function drawRefusal(place, { title, message, hint, wait = 0 }) {
  const later = wait ? `Ask again in ${counted(wait, "second")}.` : "";
  const more = [hint, later].filter(Boolean).join(". ");
  fill(place, element("div", {}, element("div", { class: "notice bad", role: "alert" },
    state("bad", title), element("p", {}, message), more && paragraph("sub", more))));
}
