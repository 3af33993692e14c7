/** Production beside staging, on the same input. */

import { load } from "../runtime/modelpress.js";
import { bar } from "./answer.js";
import { element, fill } from "./element.js";
import { folder } from "./places.js";
import { failed, loading } from "./states.js";
import { figure, percent, signed } from "./words.js";

export class Beside {
  #seen = null;

  constructor({ name, model, staging }) {
    this.production = model;
    this.place = element("div", { role: "status" }, loading(`Loading ${name} ${staging}…`));
    this.box = element("section", { class: "pg-part", "aria-labelledby": "pg-beside" },
      element("h2", { id: "pg-beside" }, "Production beside staging"),
      element("p", { class: "pg-note" }, "The same input, answered by both versions in this tab."),
      this.place);
    this.#load(name, staging);
  }

  async #load(name, staging) {
    try {
      this.staging = await load(folder(name), { version: staging });
      if (this.#seen) await this.follow(...this.#seen);
    } catch (error) {
      fill(this.place, failed(error));
    }
  }

  async follow(row, prediction) {
    this.#seen = row && [row, prediction];
    if (!this.staging) return;
    const seen = this.#seen;
    const shown = row && await this.#answer(row, prediction);
    if (seen === this.#seen) fill(this.place, shown);
  }

  async #answer(row, prediction) {
    try {
      return this.#table(prediction, await this.staging.predict(row));
    } catch (error) {
      // Its signature may differ, and with it what fits.
      return failed(error);
    }
  }

  #table(ours, theirs) {
    const { production, staging } = this;
    const isValue = ours.label === undefined || theirs.label === undefined;
    const score = isValue ? ({ value }) => value : scoreOf(production, ours);
    const change = score(theirs) - score(ours);
    const verdict = isValue || ours.label === theirs.label
      ? "Both say the same" : "They do not agree";
    return element("div", {},
      !isValue && element("p", { class: "pg-why" }, `${verdict}.`),
      element("table", { class: "pg-table" },
        head("", isValue ? "Value" : "Label", isValue ? "" : scoreName(production, ours)),
        element("tbody", {},
          line("production", production, ours, score),
          line("staging", staging, theirs, score))),
      element("p", { class: "pg-note" },
        Number.isFinite(change) && `Staging differs by ${signed(change, { points: !isValue })}`
          + `${isValue ? "" : " percentage points"}.`));
  }
}

const scoreName = ({ positive }, { label }) => `Probability of ${positive || label}`;
const scoreOf = ({ positive }, { label }) => ({ probabilities }) => probabilities[positive || label];

const head = (...names) => element("thead", {}, element("tr", {},
  names.map((name) => (name
    ? element("th", { scope: "col" }, name)
    : element("td", {})))));

function line(role, { version, threshold }, prediction, score) {
  const isValue = prediction.label === undefined;
  return element("tr", {},
    element("th", { scope: "row" }, role, " ", element("span", { class: "pg-version" }, version)),
    element("td", {}, isValue ? figure(prediction.value) : prediction.label),
    element("td", {}, !isValue && element("span", { class: "pg-cell" },
      bar(score(prediction), { mark: threshold, kind: "pg-told" }), percent(score(prediction)))));
}
