/** The form of one model: a field for each input. */

import { element } from "./element.js";
import { field } from "./field.js";

const NAMED = /field `([^`]+)`/;

export class Form {
  /** `changed` is called whenever a visitor has changed a value. */
  constructor(model, changed) {
    this.fields = model.inputs.map((input, at) => field(input, `pg-field-${at}`, changed));
    this.box = element("div", { class: "pg-fields" }, this.fields.map(({ box }) => box));
  }

  get row() {
    return Object.fromEntries(this.fields.map(({ input, value }) => [input.name, value]));
  }

  set row(row) {
    for (const one of this.fields) one.value = row[one.input.name] ?? null;
  }

  /** Show which field the model has refused, in its words; whether there is one. */
  refuse({ message }) {
    const [, name] = NAMED.exec(message) ?? [];
    const words = message.replace(/^row \d+: (field `[^`]+`: )?/, "");
    for (const one of this.fields) one.judge(one.input.name === name ? words : "");
    return this.fields.some(({ input }) => input.name === name);
  }

  accept() {
    for (const one of this.fields) one.judge();
  }
}
