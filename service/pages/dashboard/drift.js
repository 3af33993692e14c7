/** What monitoring has said last: the state of each model, and the causes that are not in order. */

import { element, fill } from "./element.js";
import { paragraph, state, sub, table } from "./parts.js";
import { counted, day } from "./words.js";

const STATES = {
  ok: ["ok", "Stable"],
  suspect: ["warn", "Suspect"],
  alert: ["bad", "Alert"],
  recovering: ["warn", "Recovering"],
};
const COLUMNS = ["Model", "Cause", "State", "Since", "Why", "Do"];
const LOCKED = "The causes are told to those who have the key.";

const shown = (name) => state(...(STATES[name] ?? ["warn", name]));

/** The names of the models that were ever monitored. */
export const monitored = (exposition) =>
  [...new Set(exposition.series("modelpress_drift_state").map(({ labels }) => labels.model))];

/** The state of a model, in a cell. */
export function driftOf(exposition, name) {
  const now = exposition.series("modelpress_drift_state")
    .find(({ labels, value }) => labels.model === name && value === 1);
  if (!now) return [state("none", "Not monitored")];
  const features = exposition.series("modelpress_drifted_features")
    .find(({ labels }) => labels.model === name)?.value;
  const below = features ? `${counted(features, "feature")} in alert` : "no feature in alert";
  return [shown(now.labels.state), sub(below)];
}

/** The causes, and what to do. */
export function drawDrift(place, { catalog, exposition, locked }) {
  const names = monitored(exposition);
  const rows = names.flatMap((name) => causes(name, catalog.drifts.get(name)));
  const days = names.map((name) => catalog.drifts.get(name)?.monitoring?.date).filter(Boolean);
  if (!names.length) {
    fill(place, paragraph("empty", "No model has been monitored yet. ",
      element("code", {}, "modelpress monitor"), " writes a day, and it is shown here."));
  } else if (rows.length) {
    fill(place, table(COLUMNS, rows, { kind: "tight drifts" }));
  } else {
    const last = days.sort().at(-1);
    const word = last ? `Every cause was in order on ${day(last)}.` : "Asking for the last day…";
    fill(place, paragraph("empty", locked ? LOCKED : word));
  }
}

const causes = (name, told) => Object.entries(told?.monitoring?.alert ?? {})
  .filter(([, cause]) => cause.state !== "ok")
  .map(([cause, { state: now, since, reason = "", action = "" }]) =>
    [name, cause, [shown(now)], day(since), reason, action]);
