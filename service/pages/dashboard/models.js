/** The table of models: what is in production, how good it was, how much it is asked, its drift. */

import { spark } from "./chart.js";
import { driftOf } from "./drift.js";
import { element, fill } from "./element.js";
import { faint, paragraph, state, sub, table } from "./parts.js";
import { day, metricName, rate, score } from "./words.js";

// Of these the first that a version has is shown: where there is one, one without a threshold.
const KEY_METRICS = ["roc_auc", "f1_macro", "mean_absolute_error", "accuracy"];

const COLUMNS = [
  ...["Model", "Production", "Staging"],
  ...[["Test metric", "number"], "Predictions a second", "Drift"],
];

/** Draw it, of what `catalog` knows; without it, of what is free to know. */
export function drawModels(place, { catalog, exposition, health, history, now }) {
  const lines = new Map(catalog.models.map((line) => [line.name, line]));
  const rows = Object.keys(health.models).map((name) => {
    const line = lines.get(name) ?? pointers(name, exposition);
    const told = catalog.details.get(name);
    return [
      model(line),
      version(line.production, told),
      staging(line, catalog.details.get(`${name}@staging`)),
      metric(testMetrics(exposition, name, line.production), told),
      live(name, history, now),
      driftOf(exposition, name),
    ];
  });
  fill(place, rows.length
    ? table(COLUMNS, rows, { kind: "fleet" })
    : paragraph("empty", "No model is loaded."));
}

/** What /metrics knows of a model where /models wants a key. */
function pointers(name, exposition) {
  const found = exposition.series("modelpress_model_info").map(({ labels }) => labels)
    .filter((labels) => labels.model === name);
  const at = (stage) => found.find((labels) => labels.stage === stage)?.version ?? null;
  return { name, production: at("production"), staging: at("staging"), versions: [], task: null };
}

function model({ name, task, versions }) {
  const more = versions.length > 1 ? `${versions.length} versions` : "";
  return [element("span", { class: "name" }, name), sub([task, more].filter(Boolean).join(" · "))];
}

function version(name, told) {
  if (!name) return [state("none", "none")];
  return [element("span", { class: "version" }, name), sub(told ? day(told.created) : "")];
}

function staging({ production, staging: name }, told) {
  if (!name) return [faint("none")];
  return name === production ? [faint("the same")] : version(name, told);
}

function testMetrics(exposition, name, production) {
  return new Map(exposition.series("modelpress_model_metric")
    .filter(({ labels }) => labels.model === name && labels.version === production)
    .map(({ labels, value }) => [labels.metric, value]));
}

function metric(metrics, told) {
  const id = KEY_METRICS.find((one) => metrics.has(one)) ?? metrics.keys().next().value;
  if (id === undefined) return [faint("none")];
  const { low, high } = told?.metrics?.[id] ?? {};
  const between = Number.isFinite(low) && low < high ? `, ${score(low)} to ${score(high)}` : "";
  const value = element("span", { class: "key-metric" }, score(metrics.get(id)));
  return [value, sub(`${metricName(id)}${between}`)];
}

function live(name, history, now) {
  const of = (one) => (one.rate === null ? null : one.models.get(name) ?? 0);
  const { latest } = history;
  const number = element("span", {}, latest ? rate(of(latest)) : "–");
  return [element("span", { class: "rate" }, number, spark(history.points, of, now))];
}
