/** The buttons that fill the form in: typical values, made-up rows, rows towards an answer. */

import { button, element, fill } from "./element.js";
import { goldenRows, typicalRow } from "./examples.js";
import { latest as snapshot, read } from "./places.js";
import { moment } from "./words.js";

const CLASSES_AT_MOST = 4;

export class Examples {
  #next = 0;

  /** `use` is called with a row. */
  constructor({ model, card }, use) {
    this.model = model;
    this.card = card;
    this.use = use;
    this.snapshot = element("span", { class: "pg-snapshot" });
    const golden = goldenRows(card);
    this.box = element("fieldset", { class: "pg-examples" },
      element("legend", {}, "Examples"),
      button("Typical", () => use(typicalRow(model))),
      golden.length > 0 && button("Made up", () => use(this.#madeUp(golden))),
      this.#goals().map(({ words, score }) => button(words, () => this.#lead(score))),
      button("Nothing", () => use({})),
      this.snapshot);
  }

  #madeUp(golden) {
    const { row } = golden[this.#next % golden.length];
    this.#next += 1;
    return row;
  }

  #goals() {
    const { classes, task } = this.model;
    if (task === "regression") {
      return [
        { words: "Towards more", score: ({ value }) => value },
        { words: "Towards less", score: ({ value }) => -value },
      ];
    }
    if (classes.length > CLASSES_AT_MOST) return [];
    return classes.map((name) =>
      ({ words: `Towards ${name}`, score: ({ probabilities }) => probabilities[name] }));
  }

  async #lead(score) {
    const { rowToward } = await import("./toward.js");
    await this.use(await rowToward(this.model, this.card, score));
  }

  /** Offer the newest snapshot of a model that is polled, where the site has one. */
  async extend({ name, latest }) {
    if (!latest) return;
    const found = await read(snapshot(name)).catch(() => null);
    const rows = (found?.rows ?? []).map(({ row }) => this.#fitting(row));
    if (rows.length) this.#offer(found.at, rows);
  }

  #fitting(row) {
    return Object.fromEntries(this.model.inputs.map(({ name }) => [name, row[name] ?? null]));
  }

  #offer(at, rows) {
    const named = this.model.inputs.find(({ kind }) => kind === "categorical")?.name;
    const options = rows.map((row, number) =>
      element("option", { value: number }, named ? row[named] ?? "missing" : `row ${number + 1}`));
    const choice = element("select", { "aria-label": "Row of the latest snapshot" }, options);
    const useIt = () => this.use(rows[Number(choice.value)]);
    choice.addEventListener("change", useIt);
    fill(this.snapshot, button("Latest snapshot", useIt), choice,
      element("small", {}, moment(at)));
  }
}
