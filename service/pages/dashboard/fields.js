/** The fields of a form, made from what a model says of its inputs. */

import { element } from "./element.js";
import { figure } from "./words.js";

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const CATEGORIES_AT_MOST = 4;
const TEXT_AT_MOST = 40;

/** One field: its element, and how to read, write and mark it. */
export class Field {
  constructor(input, id) {
    this.input = input;
    this.control = control(input, id);
    this.hint = element("span", { class: "sub", id: `${id}-hint` }, hint(input));
    this.box = element("div", { class: input.kind === "text" ? "field long" : "field" },
      element("label", { for: id }, input.name), this.control, this.hint, choices(input, id));
    this.control.addEventListener("input", () => this.mark(false));
  }

  get typed() {
    return this.control.value;
  }

  set typed(text) {
    this.control.value = text;
    this.mark(false);
  }

  /** What the service is asked: what cannot be read is sent as it is, for the service to judge. */
  get value() {
    const text = this.input.kind === "text" ? this.typed : this.typed.trim();
    if (text === "" && this.input.kind !== "text") return null;
    return this.input.kind === "numeric" && NUMBER.test(text) ? Number(text) : text;
  }

  /** Show whether the service has refused it. */
  mark(wrong) {
    this.box.classList.toggle("wrong", wrong);
    this.control.setAttribute("aria-invalid", String(wrong));
    const beyond = isBeyond(this.input, this.value);
    this.box.classList.toggle("beyond", beyond);
    this.hint.textContent = `${hint(this.input)}${beyond ? ": this is beyond" : ""}`;
  }
}

const isBeyond = ({ range }, value) =>
  Boolean(range) && typeof value === "number" && (value < range[0] || value > range[1]);

function control({ kind, typical }, id) {
  const more = {
    id,
    autocomplete: "off",
    spellcheck: kind === "text" ? "true" : "false",
    placeholder: String(typical ?? ""),
    "aria-describedby": `${id}-hint`,
  };
  if (kind === "text") return element("textarea", { ...more, rows: "4" });
  if (kind === "numeric") return element("input", { ...more, inputmode: "decimal" });
  return element("input", { ...more, list: `${id}-list` });
}

function choices({ kind, categories }, id) {
  if (kind !== "categorical") return null;
  const options = categories.map((value) => element("option", { value }));
  return element("datalist", { id: `${id}-list` }, options);
}

function hint({ kind, range, categories }) {
  if (kind === "text") return "any text";
  if (kind === "numeric" && !range) return "a number";
  if (kind === "numeric") return `${figure(range[0])} to ${figure(range[1])} in training`;
  const shown = categories.slice(0, CATEGORIES_AT_MOST).map(cut);
  const more = categories.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? `, ${more} more` : ""}`;
}

const cut = (text) => (text.length > TEXT_AT_MOST ? `${text.slice(0, TEXT_AT_MOST)}…` : text);
