/** The table of models: what is in production, how good it was, how much it is asked, its drift. */

import { spark } from "./chart.js";
import { element, fill, state, table } from "./element.js";
import { counted, day, metricName, rate, score } from "./words.js";

// Of these the first that a version has is shown: one that no threshold decides, where there is one.
const KEY_METRICS = ["roc_auc", "f1_macro", "mean_absolute_error", "accuracy"];

const DRIFT = {
  ok: ["ok", "Stable"], suspect: ["warn", "Suspect"], alert: ["bad", "Alert"], recovering: ["warn", "Recovering"],
};

const COLUMNS = ["Model", "Production", "Staging", ["Test metric", "number"], "Predictions a second", "Drift"];

/** Draw it, of what `catalog` knows; without it, of what is free to know. */
export function drawModels(place, { catalog, exposition, health, history, now }) {
  const names = Object.keys(health.models);
  const lines = new Map(catalog.models.map((line) => [line.name, line]));
  const rows = names.map((name) => {
    const line = lines.get(name) ?? pointers(name, exposition);
    return [
      model(line),
      version(line.production, catalog.details.get(name)),
      staging(line, catalog.details.get(`${name}@staging`)),
      metric(testMetrics(exposition, name, line.production), catalog.details.get(name)),
      live(name, history, now),
      drift(exposition, name),
    ];
  });
  fill(place, rows.length
    ? table(COLUMNS, rows, { kind: "fleet" })
    : element("p", { class: "empty" }, "No model is loaded."));
}

/** What /metrics knows of a model where /models wants a key. */
function pointers(name, exposition) {
  const found = exposition.series("modelpress_model_info").filter(({ labels }) => labels.model === name);
  const at = (stage) => found.find(({ labels }) => labels.stage === stage)?.labels.version ?? null;
  return { name, production: at("production"), staging: at("staging"), versions: [], task: null };
}

function model({ name, task, versions }) {
  const more = versions.length > 1 ? `${versions.length} versions` : "";
  return [element("span", { class: "name" }, name), sub([task, more].filter(Boolean).join(" · "))];
}

const sub = (words) => element("span", { class: "sub" }, words);

function version(name, told) {
  if (!name) return [state("none", "none")];
  return [element("span", { class: "version" }, name), sub(told ? day(told.created) : "")];
}

function staging({ production, staging: name }, told) {
  if (name && name === production) return [element("span", { class: "faint" }, "the same")];
  return name ? version(name, told) : [element("span", { class: "faint" }, "none")];
}

function testMetrics(exposition, name, production) {
  return new Map(exposition.series("modelpress_model_metric")
    .filter(({ labels }) => labels.model === name && labels.version === production)
    .map(({ labels, value }) => [labels.metric, value]));
}

function metric(metrics, told) {
  const id = KEY_METRICS.find((one) => metrics.has(one)) ?? metrics.keys().next().value;
  if (id === undefined) return [element("span", { class: "faint" }, "none")];
  const { low, high } = told?.metrics?.[id] ?? {};
  const between = Number.isFinite(low) && low < high ? `, ${score(low)} to ${score(high)}` : "";
  return [element("span", { class: "key-metric" }, score(metrics.get(id))), sub(`${metricName(id)}${between}`)];
}

function live(name, history, now) {
  const of = (one) => (one.rate === null ? null : one.models.get(name) ?? 0);
  const latest = history.latest;
  const number = element("span", {}, latest ? rate(of(latest)) : "–");
  return [element("span", { class: "rate" }, number, spark(history.points, of, now))];
}

/** The state that monitoring has last given a model; undefined if it was never monitored. */
export function driftState(exposition, name) {
  return exposition.series("modelpress_drift_state")
    .find(({ labels, value }) => labels.model === name && value === 1)?.labels.state;
}

function drift(exposition, name) {
  const found = driftState(exposition, name);
  if (!found) return [state("none", "Not monitored")];
  const features = exposition.series("modelpress_drifted_features").find(({ labels }) => labels.model === name);
  const [kind, word] = DRIFT[found] ?? ["warn", found];
  return [state(kind, word), sub(features?.value ? `${counted(features.value, "feature")} in alert` : "no feature in alert")];
}

/** The causes that are not in order, and what to do. */
export function drawDrift(place, { catalog, exposition, locked }) {
  const monitored = [...new Set(exposition.series("modelpress_drift_state").map(({ labels }) => labels.model))];
  const rows = monitored.flatMap((name) => causes(name, catalog.drifts.get(name)));
  if (!monitored.length) {
    fill(place, element("p", { class: "empty" }, "No model has been monitored yet. ",
      element("code", {}, "modelpress monitor"), " writes a day, and it is shown here."));
  } else if (rows.length) {
    fill(place, table(["Model", "Cause", "State", "Since", "Why", "Do"], rows, { kind: "tight drifts" }));
  } else {
    const known = monitored.map((name) => catalog.drifts.get(name)?.monitoring?.date).filter(Boolean).sort().at(-1);
    fill(place, element("p", { class: "empty" }, locked || !known
      ? "The causes are told to those who have the key." : `Every cause was in order on ${day(known)}.`));
  }
}

function causes(name, told) {
  return Object.entries(told?.monitoring?.alert ?? {})
    .filter(([, { state: now }]) => now !== "ok")
    .map(([cause, { state: now, since, reason, action }]) => {
      const [kind, word] = DRIFT[now] ?? ["warn", now];
      return [name, cause, [state(kind, word)], day(since), reason ?? "", action ?? ""];
    });
}
