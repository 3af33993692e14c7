/** How often each model has given each of its classes. */

import { by, total } from "./change.js";
import { element, fill } from "./element.js";
import { bar, barLine, paragraph, sub } from "./parts.js";
import { count, counted, percent } from "./words.js";

const CLASSES_AT_MOST = 8;

export function drawBalance(place, { exposition, health }) {
  const of = (family, name) =>
    exposition.series(family).filter(({ labels: { model } }) => model === name);
  const told = Object.keys(health.models).map((name) => ({
    name,
    counts: by("label", of("modelpress_predictions_total", name)),
    number: total(of("modelpress_rows_total", name)),
  }));
  const asked = told.filter(({ number }) => number);
  const classed = asked.filter(({ counts }) => counts.size);
  const quiet = told.filter(({ number }) => !number).map(({ name }) => name).join(", ");
  fill(place,
    classed.length > 0 && element("div", { class: "balances" }, classed.map(card)),
    asked.filter(({ counts }) => !counts.size).map(numbers),
    quiet && paragraph("empty", `Nothing asked yet${asked.length ? `: ${quiet}` : ""}.`));
}

const numbers = ({ name, number }) =>
  paragraph("empty", `${name} answers with numbers and has no classes: ${counted(number, "row")}.`);

function card({ name, counts, number }) {
  const all = sum([...counts.values()]) || 1;
  // Of many classes, the most frequent; of few, the order of the model.
  const many = counts.size > CLASSES_AT_MOST;
  const sorted = many ? [...counts].sort(([, a], [, b]) => b - a) : [...counts];
  const rest = sorted.slice(CLASSES_AT_MOST);
  const more = counted(rest.length, "other class", "other classes");
  return element("article", {},
    element("header", {}, element("h3", {}, name), sub(counted(number, "row"))),
    element("ul", { class: "bars", "aria-label": `Classes of ${name}` },
      sorted.slice(0, CLASSES_AT_MOST).map(([label, one]) => line(label, one, all)),
      rest.length > 0 && line(more, sum(rest.map(([, one]) => one)), all)));
}

const sum = (counts) => counts.reduce((all, one) => all + one, 0);

const line = (label, number, all) =>
  barLine(label, bar(number / all), `${percent(number / all)} · ${count(number)}`);
