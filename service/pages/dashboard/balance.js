/** How often each model has given each of its classes. */

import { by, total } from "./change.js";
import { bar, element, fill } from "./element.js";
import { count, counted, percent } from "./words.js";

const CLASSES_AT_MOST = 8;

export function drawBalance(place, { exposition, health }) {
  const told = Object.keys(health.models).map((name) =>
    ({ name, counts: labels(exposition, name), number: rows(exposition, name) }));
  const asked = told.filter(({ number }) => number);
  const classed = asked.filter(({ counts }) => counts.size);
  const quiet = told.filter(({ number }) => !number).map(({ name }) => name);
  fill(place,
    classed.length > 0 && element("div", { class: "balances" }, classed.map(card)),
    asked.filter(({ counts }) => !counts.size).map(({ name, number }) =>
      element("p", { class: "empty" }, `${name} answers with numbers and has no classes: ${counted(number, "row")}.`)),
    quiet.length > 0 && element("p", { class: "empty" },
      asked.length ? `Nothing asked yet: ${quiet.join(", ")}.` : "Nothing asked yet."));
}

const ofModel = (exposition, family, name) =>
  exposition.series(family).filter(({ labels: { model } }) => model === name);

const labels = (exposition, name) => by("label", ofModel(exposition, "modelpress_predictions_total", name));
const rows = (exposition, name) => total(ofModel(exposition, "modelpress_rows_total", name));

function card({ name, counts, number }) {
  const head = element("header", {}, element("h3", {}, name), element("span", { class: "sub" }, counted(number, "row")));
  const all = [...counts.values()].reduce((sum, one) => sum + one, 0) || 1;
  // Of many classes, the most frequent; of few, the order of the model.
  const sorted = counts.size > CLASSES_AT_MOST ? [...counts].sort(([, a], [, b]) => b - a) : [...counts];
  const shown = sorted.slice(0, CLASSES_AT_MOST);
  const rest = sorted.slice(CLASSES_AT_MOST);
  const others = rest.reduce((sum, [, one]) => sum + one, 0);
  return element("article", {}, head, element("ul", { class: "bars" },
    shown.map(([label, one]) => line(label, one, all)),
    rest.length > 0 && line(counted(rest.length, "other class", "other classes"), others, all)));
}

const line = (label, number, all) => element("li", {},
  element("span", { class: "label" }, label), bar(number / all),
  element("span", { class: "value" }, `${percent(number / all)} · ${count(number)}`));
