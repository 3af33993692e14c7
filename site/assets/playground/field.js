/** One field of the form, made from what the model says of its input. */

import { coded, element, fill } from "./element.js";
import { valueOf } from "./value.js";
import { cut, figure } from "./words.js";

const LONGEST_OPTION = 60;
const MISSING = "missing";
const ANOTHER = "another";

/** A field: `input` is of the signature, `id` unique on the page, `changed` is called on input. */
export function field(input, id, changed) {
  const made = input.kind === "categorical" ? new Choice(input, id) : new Line(input, id);
  made.box.addEventListener("input", () => {
    made.judge();
    changed();
  });
  return made;
}

class Field {
  constructor(input, id) {
    this.input = input;
    this.hint = element("span", { class: "pg-hint", id: `${id}-hint` });
  }

  frame(id, ...controls) {
    const kind = this.input.kind === "text" ? "pg-field pg-long" : "pg-field";
    return element("div", { class: kind },
      element("label", { for: id }, this.input.name), ...controls, this.hint);
  }

  /** Say what is unusual about the value, or what the model has said against it. */
  judge(refusal = "") {
    this.box.classList.toggle("pg-wrong", refusal !== "");
    this.control.setAttribute("aria-invalid", String(refusal !== ""));
    this.box.classList.toggle("pg-beyond", !refusal && this.unusual !== "");
    fill(this.hint, coded(refusal || [this.usual, this.unusual].filter(Boolean).join(": ")));
  }
}

/** A number or a text. */
class Line extends Field {
  constructor(input, id) {
    super(input, id);
    const more = {
      id, autocomplete: "off", "aria-describedby": this.hint.id,
      placeholder: input.kind === "text" ? "Any text" : String(input.typical ?? ""),
    };
    this.control = input.kind === "text"
      ? element("textarea", { ...more, rows: "4", spellcheck: "true" })
      : element("input", { ...more, inputmode: "decimal", spellcheck: "false" });
    this.box = this.frame(id, this.control);
    this.judge();
  }

  get value() {
    return valueOf(this.input.kind, this.control.value);
  }

  set value(value) {
    this.control.value = value ?? "";
    this.judge();
  }

  get usual() {
    const { kind, range } = this.input;
    if (kind === "text") return "";
    return range ? `${figure(range[0])} to ${figure(range[1])} in training` : "a number";
  }

  get unusual() {
    const { range, kind } = this.input;
    const { value } = this;
    if (kind === "numeric" && value === null) return "missing now";
    const beyond = range && typeof value === "number" && (value < range[0] || value > range[1]);
    return beyond ? "this is beyond" : "";
  }
}

/** A category: one that training knew, another, or none. */
class Choice extends Field {
  constructor(input, id) {
    super(input, id);
    const known = input.categories.map((name, at) =>
      element("option", { value: `known-${at}` }, cut(name, LONGEST_OPTION)));
    this.control = element("select", { id, autocomplete: "off", "aria-describedby": this.hint.id },
      known,
      element("option", { value: ANOTHER }, "another value…"),
      element("option", { value: MISSING }, "missing"));
    this.other = element("input", {
      "aria-label": `Another value of ${input.name}`, autocomplete: "off", spellcheck: "false",
    });
    this.box = this.frame(id, this.control, this.other);
    this.value = null;
  }

  get value() {
    const { value } = this.control;
    if (value === MISSING) return null;
    if (value === ANOTHER) return this.other.value;
    return this.input.categories[Number(value.slice("known-".length))];
  }

  set value(value) {
    const text = value === null || value === undefined ? "" : String(value);
    const at = this.input.categories.indexOf(text);
    const choice = text === "" ? MISSING : ANOTHER;
    this.control.value = at < 0 ? choice : `known-${at}`;
    this.other.value = at < 0 ? text : "";
    this.judge();
  }

  get usual() {
    return "";
  }

  get unusual() {
    return this.control.value === ANOTHER ? "training did not know it" : "";
  }

  judge(refusal = "") {
    this.other.hidden = this.control.value !== ANOTHER;
    super.judge(refusal);
  }
}
