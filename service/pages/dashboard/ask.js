/** The form: a model is chosen, its fields are filled in, it answers. */

import { drawAnswer, drawRefusal } from "./answer.js";
import { references } from "./catalog.js";
import { element, fill } from "./element.js";
import { Field } from "./fields.js";
import { paragraph } from "./parts.js";
import { Refusal, hasKey, json, place as placeOf } from "./service.js";

const NAMED = /field `([^`]+)`/;

const LOCKED = "What a model takes, and with it the form, is told to those who have the key.";
const SILENCE = {
  title: "No answer",
  message: "The service does not answer.",
  hint: "The page goes on asking whether it is there",
};

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
    this.#make();
    this.quiet = paragraph("empty", "Asking which models there are…");
    place.replaceChildren(this.quiet, this.choice, this.both);
    this.choice.hidden = this.both.hidden = true;
  }

  #make() {
    this.select = element("select", { id: "model", autocomplete: "off" });
    this.version = element("span", { class: "sub" });
    const label = element("label", { for: "model" }, "Model");
    this.choice = element("div", { class: "choice" }, label, this.select, this.version);
    this.fields = element("div", { class: "fields" });
    this.told = element("div", {
      class: "told", role: "region", "aria-label": "Answer", "aria-live": "polite",
    });
    this.form = element("form", { novalidate: true, "aria-labelledby": "ask-title" },
      this.fields, this.#buttons());
    this.both = element("div", { class: "ask" }, this.form, this.told);
    this.select.addEventListener("change", () => this.draw());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask();
    });
  }

  #buttons() {
    this.submit = element("button", { class: "main" }, "Predict");
    const typical = element("button", { type: "button" }, "Fill in typical values");
    const clear = element("button", { type: "button" }, "Clear");
    typical.addEventListener("click", () => this.#write(({ input }) => input.typical ?? ""));
    clear.addEventListener("click", () => this.#write(() => ""));
    return element("div", { class: "buttons" }, this.submit, typical, clear);
  }

  /** Follow what the catalog knows. */
  draw() {
    const { models, details, locked } = this.#catalog;
    const known = models.flatMap(references).filter((one) => details.has(one));
    this.choice.hidden = this.both.hidden = !known.length;
    this.quiet.hidden = known.length > 0;
    this.quiet.textContent = locked ? LOCKED : "There is no model to ask.";
    if (!known.length) return;
    this.#choices(known);
    const told = details.get(this.select.value);
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
    if (this.reference) this.#drafts.set(this.reference, this.#typed());
    this.#built = wanted;
    this.reference = reference;
    this.#fields = told.inputs.map((input, at) => new Field(input, `field-${at}`));
    this.fields.replaceChildren(...this.#fields.map(({ box }) => box));
    const draft = this.#drafts.get(reference) ?? new Map();
    this.#write(({ input }) => draft.get(input.name) ?? "");
    const some = told.inputs.some(({ kind }) => kind !== "text");
    const more = some ? " A field left empty is sent as missing." : "";
    fill(this.told, paragraph("empty", `The answer is shown here.${more}`));
  }

  #typed() {
    return new Map(this.#fields.map(({ input, typed }) => [input.name, typed]));
  }

  #write(of) {
    for (const field of this.#fields) field.typed = String(of(field));
  }

  async #ask() {
    if (this.#busy) return;
    this.#be(true);
    const { reference } = this;
    const told = this.#catalog.details.get(reference);
    const row = Object.fromEntries(this.#fields.map(({ input, value }) => [input.name, value]));
    const body = JSON.stringify(row);
    const start = performance.now();
    try {
      const answer = await json(placeOf(reference, "predict"), { body });
      const seconds = (performance.now() - start) / 1000;
      if (reference !== this.reference) return;
      drawAnswer(this.told, answer, told, seconds, command(reference, body));
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
    const refusal = error instanceof Refusal;
    drawRefusal(this.told, refusal ? error : SILENCE);
    if (!refusal) return;
    if (error.status === 401) this.#locked();
    const [, name] = NAMED.exec(error.message) ?? [];
    for (const field of this.#fields) field.mark(field.input.name === name);
    this.#fields.find(({ input }) => input.name === name)?.control.focus();
  }
}

function command(reference, body) {
  const url = new URL(placeOf(reference, "predict"), document.baseURI).href;
  const key = hasKey() ? ' -H "Authorization: Bearer $KEY"' : "";
  const quoted = body.replaceAll("'", "'\\''");
  return `curl -H 'Content-Type: application/json'${key} -d '${quoted}' ${url}`;
}
