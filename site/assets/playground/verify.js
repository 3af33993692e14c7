/** The same row through onnxruntime-web, the reference, loaded when somebody asks for it. */

import { load } from "../runtime/modelpress.js";
import { button, element, fill } from "./element.js";
import { runtimeName } from "./origin.js";
import { folder } from "./places.js";
import { failed, loading } from "./states.js";
import { tiny } from "./words.js";

/** What two runtimes may differ by: of a probability, and of a value relative to it. */
const ALLOWED = { probability: 2e-6, value: 1e-5 };

export class Verify {
  #seen = null;

  constructor({ name, model }) {
    this.name = name;
    this.model = model;
    this.place = element("div", { role: "status" });
    this.start = button("Verify with onnxruntime", () => this.#load());
    this.box = element("section", { class: "pg-part", "aria-labelledby": "pg-verify" },
      element("h2", { id: "pg-verify" }, "A second opinion"),
      element("p", { class: "pg-note" },
        "The same file and row by onnxruntime-web, from this site: some 4 MB, fetched once."),
      this.start, this.place);
  }

  async #load() {
    this.start.disabled = true;
    fill(this.place, loading("Loading onnxruntime-web…"));
    try {
      const { version } = this.model;
      this.reference = await load(folder(this.name), { version, runtime: "onnxruntime" });
      this.start.hidden = true;
      if (this.#seen) await this.follow(...this.#seen);
    } catch (error) {
      this.start.disabled = false;
      fill(this.place, failed(error));
    }
  }

  async follow(row, prediction) {
    this.#seen = row && [row, prediction];
    if (!this.reference) return;
    const seen = this.#seen;
    const other = row && await this.reference.predict(row);
    if (seen === this.#seen) fill(this.place, row && this.#table(prediction, other));
  }

  #table(ours, theirs) {
    const isValue = ours.label === undefined;
    const lines = isValue
      ? [["value", ours.value, theirs.value]]
      : Object.keys(ours.probabilities).map((name) =>
        [name, ours.probabilities[name], theirs.probabilities[name]]);
    const largest = Math.max(...lines.map(([, a, b]) => distance(a, b, isValue)));
    const names = [isValue ? "Answer" : "Class", runtimeName(this.model), runtimeName(this.reference),
      "Difference"];
    return element("div", {},
      element("p", { class: "pg-why" }, verdict(ours.label === theirs.label, largest, isValue)),
      element("div", { class: "pg-scroll", tabindex: "0", role: "region",
        "aria-label": "Both runtimes" },
      element("table", { class: "pg-table" },
        element("thead", {}, element("tr", {}, names.map((name, at) =>
          element("th", { scope: "col", class: at > 0 && "pg-number" }, name)))),
        element("tbody", {}, lines.map(([name, a, b]) => element("tr", {},
          element("th", { scope: "row" }, name),
          element("td", { class: "pg-number" }, exact(a)),
          element("td", { class: "pg-number" }, exact(b)),
          element("td", { class: "pg-number" }, tiny(Math.abs(a - b)))))))));
  }
}

const distance = (a, b, isValue) => Math.abs(a - b) / (isValue ? Math.max(Math.abs(b), 1) : 1);

const exact = (number) => String(Number(number.toPrecision(9)));

function verdict(isSame, largest, isValue) {
  const allowed = isValue ? ALLOWED.value : ALLOWED.probability;
  const label = isValue ? "" : isSame ? "Same label. " : "Another label. ";
  const fit = largest <= allowed && isSame ? "They agree" : "They do not agree";
  return `${label}${fit}: the largest difference is ${tiny(largest)}, ${tiny(allowed)} is allowed.`;
}
