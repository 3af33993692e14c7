/** The form: a model is chosen, its fields are filled in, it answers. */

import { drawAnswer, drawRefusal } from "./answer.js";
import { references } from "./catalog.js";
import { element, fill } from "./element.js";
import { Field } from "./fields.js";
import { Refusal, hasKey, json, place as placeOf } from "./service.js";

const NAMED = /field `([^`]+)`/;

export class Ask {
  #catalog;
  #locked;
  #drafts = new Map();
  #fields = [];
  #built = "";
  #busy = false;

  /** `locked` is called when the service wants a key. */
  constructor(place, catalog, locked) {
    this.#catalog = catalog;
    this.#locked = locked;
    this.select = element("select", { id: "model", autocomplete: "off" });
    this.version = element("span", { class: "sub" });
    this.choice = element("div", { class: "choice" }, element("label", { for: "model" }, "Model"), this.select, this.version);
    this.fields = element("div", { class: "fields" });
    this.submit = element("button", { class: "main" }, "Predict");
    const typical = element("button", { type: "button" }, "Fill in typical values");
    const clear = element("button", { type: "button" }, "Clear");
    this.form = element("form", { novalidate: true, "aria-labelledby": "ask-title" }, this.fields,
      element("div", { class: "buttons" }, this.submit, typical, clear));
    this.told = element("div", { class: "told", role: "region", "aria-label": "Answer", "aria-live": "polite" });
    this.both = element("div", { class: "ask" }, this.form, this.told);
    this.quiet = element("p", { class: "empty" }, "Asking which models there are…");
    place.replaceChildren(this.quiet, this.choice, this.both);
    this.choice.hidden = this.both.hidden = true;
    this.select.addEventListener("change", () => this.draw());
    typical.addEventListener("click", () => this.#write(({ input: { typical: value } }) => value ?? ""));
    clear.addEventListener("click", () => this.#write(() => ""));
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.#ask(); });
  }

  /** Follow what the catalog knows. */
  draw() {
    const known = this.#catalog.models.flatMap(references).filter((one) => this.#catalog.details.has(one));
    this.choice.hidden = this.both.hidden = !known.length;
    this.quiet.hidden = known.length > 0;
    this.quiet.textContent = this.#catalog.locked
      ? "The form is made from what a model takes, and that is told to those who have the key."
      : "There is no model to ask.";
    if (!known.length) return;
    this.#choices(known);
    const told = this.#catalog.details.get(this.select.value);
    fill(this.version, `${told.version} · ${told.task}`);
    this.#build(this.select.value, told);
  }

  #choices(known) {
    if (known.join() === [...this.select.options].map(({ value }) => value).join()) return;
    const chosen = this.select.value;
    this.select.replaceChildren(...known.map((value) => element("option", { value }, value)));
    this.select.value = known.includes(chosen) ? chosen : known[0];
  }

  #build(reference, told) {
    const wanted = `${reference} ${told.sha256}`;
    if (wanted === this.#built) return;
    this.#keep();
    this.#built = wanted;
    this.reference = reference;
    this.#fields = told.inputs.map((input, at) => new Field(input, `field-${at}`));
    this.fields.replaceChildren(...this.#fields.map(({ box }) => box));
    const draft = this.#drafts.get(reference) ?? new Map();
    for (const field of this.#fields) if (draft.has(field.input.name)) field.typed = draft.get(field.input.name);
    const more = told.inputs.some(({ kind }) => kind !== "text") ? " A field left empty is sent as missing." : "";
    fill(this.told, element("p", { class: "empty" }, `The answer is shown here.${more}`));
  }

  #keep() {
    if (this.reference) this.#drafts.set(this.reference, new Map(this.#fields.map((field) => [field.input.name, field.typed])));
  }

  #write(of) {
    for (const field of this.#fields) field.typed = String(of(field));
  }

  async #ask() {
    if (this.#busy) return;
    this.#be(true);
    const { reference } = this;
    const told = this.#catalog.details.get(reference);
    const body = JSON.stringify(Object.fromEntries(this.#fields.map((field) => [field.input.name, field.value])));
    const start = performance.now();
    try {
      const answer = await json(placeOf(reference, "predict"), { body });
      const seconds = (performance.now() - start) / 1000;
      if (reference === this.reference) drawAnswer(this.told, answer, told, seconds, command(reference, body));
      for (const field of this.#fields) field.mark(false);
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#be(false);
    }
  }

  #be(busy) {
    this.#busy = busy;
    this.submit.setAttribute("aria-disabled", String(busy));
  }

  #refused(error) {
    if (!(error instanceof Refusal)) {
      drawRefusal(this.told, { title: "No answer", message: "The service does not answer.", hint: "The page goes on asking whether it is there" });
      return;
    }
    drawRefusal(this.told, error);
    if (error.status === 401) this.#locked();
    const [, name] = NAMED.exec(error.message) ?? [];
    for (const field of this.#fields) field.mark(field.input.name === name);
    this.#fields.find((field) => field.input.name === name)?.control.focus();
  }
}

function command(reference, body) {
  const url = new URL(placeOf(reference, "predict"), document.baseURI).href;
  const key = hasKey() ? ' -H "Authorization: Bearer $KEY"' : "";
  return `curl -H 'Content-Type: application/json'${key} -d '${body.replaceAll("'", "'\\''")}' ${url}`;
}
