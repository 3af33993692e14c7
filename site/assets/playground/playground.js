/** The page: a model is chosen, its form is filled in, and it answers in this tab. */

import { answer } from "./answer.js";
import { button, element, fill } from "./element.js";
import { firstRow } from "./examples.js";
import { Form } from "./form.js";
import { influence } from "./influence.js";
import { origin, took } from "./origin.js";
import { explain } from "./replacement.js";
import { openSession } from "./session.js";
import { Examples } from "./starts.js";
import { failed, loading, nothing, trouble } from "./states.js";

/** Milliseconds after the last key before the model is asked. */
const PAUSE = 120;

export class Playground {
  #turn = 0;
  #asked = 0;
  #timer = 0;

  /** `models` are `{name, title, production, staging, latest}`, as the template writes them. */
  constructor(place, models) {
    this.place = place;
    this.models = models.filter(({ production }) => production);
  }

  /** Show a model; without a name the first. */
  async start(wanted) {
    if (!this.models.length) return fill(this.place, nothing());
    const names = this.models.map(({ name }) => name);
    const isKnown = !wanted || names.includes(wanted);
    this.#frame(isKnown ? "" : `There is no model ${wanted} in production.`);
    return this.open(isKnown && wanted ? wanted : names[0]);
  }

  #frame(notice) {
    const options = this.models.map(({ name, title }) =>
      element("option", { value: name }, title && title !== name ? `${name}: ${title}` : name));
    this.select = element("select", { id: "pg-model", autocomplete: "off" }, options);
    this.select.addEventListener("change", () => this.#choose(this.select.value));
    this.body = element("div", { class: "pg-body" });
    fill(this.place,
      notice && trouble(notice, []),
      element("div", { class: "pg-choice" },
        element("label", { for: "pg-model" }, "Model"), this.select),
      this.body);
  }

  #choose(name) {
    const address = new URL(location.href);
    address.searchParams.set("model", name);
    history.replaceState(history.state, "", address);
    return this.open(name);
  }

  /** Load a model and let it answer its first row. */
  async open(name) {
    const turn = ++this.#turn;
    this.#asked += 1;
    clearTimeout(this.#timer);
    const told = this.models.find((one) => one.name === name);
    this.select.value = name;
    fill(this.body, loading(`Loading ${name} ${told.production}…`));
    try {
      const session = await openSession(told);
      if (turn === this.#turn) await this.#show(session);
    } catch (error) {
      if (turn !== this.#turn) return;
      fill(this.body, failed(error, () => this.open(name)));
    }
  }

  async #show(session) {
    this.session = session;
    this.parts = [];
    const { model, card } = session;
    this.form = new Form(model, () => this.#soon());
    this.examples = new Examples(session, (row) => this.try(row));
    this.told = element("div", { class: "pg-told-here", role: "status" });
    this.why = element("div", { class: "pg-why-here" });
    this.origin = origin(model, card);
    this.more = element("div", { class: "pg-parts" });
    fill(this.body, this.#columns(), this.origin, this.more);
    await this.try(firstRow(model, card));
    await this.#extend(session);
  }

  #columns() {
    const ask = button("Predict", () => {}, { type: "submit", class: "pg-main" });
    const form = element("form", { class: "pg-form", novalidate: true, "aria-label": "Input" },
      this.form.box, element("div", { class: "pg-buttons" }, ask), this.examples.box);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.answer();
    });
    return element("div", { class: "pg-columns" }, form,
      element("section", { class: "pg-answer", "aria-label": "Answer" }, this.told, this.why));
  }

  /** Fill the form in, and answer. */
  try(row) {
    this.form.row = row;
    return this.answer();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.answer(), PAUSE);
  }

  async answer() {
    clearTimeout(this.#timer);
    const { model } = this.session;
    const { row } = this.form;
    // Somebody may type on, or choose another model, before the answer is there.
    const number = ++this.#asked;
    const start = performance.now();
    try {
      const explained = await explain(model, row);
      if (number === this.#asked) this.#tell(row, explained, performance.now() - start);
    } catch (error) {
      if (number === this.#asked) this.#refused(error);
    }
  }

  #tell(row, explained, time) {
    const { model } = this.session;
    this.form.accept();
    fill(this.told, answer(model, explained.prediction));
    fill(this.why, influence(model, row, explained));
    took(this.origin, time);
    this.last = { row, prediction: explained.prediction };
    for (const part of this.parts) part.follow(row, explained.prediction);
    this.place.dataset.state = "answered";
    performance.mark("modelpress-answered");
  }

  #refused(error) {
    this.last = null;
    const isFields = this.form.refuse(error);
    const words = [error.message.replace(/^row \d+: /, ""), error.hint ?? ""];
    fill(this.told, trouble(isFields ? "This value does not fit" : "No answer", words));
    fill(this.why);
    for (const part of this.parts) part.follow(null, null);
  }

  /** What is not needed for the first answer comes after it. */
  async #extend(session) {
    const { parts } = await import("./parts.js");
    if (session !== this.session) return;
    const found = parts(session, this.place.dataset.repository ?? "");
    this.parts = found;
    fill(this.more, found.map(({ box }) => box));
    if (this.last) for (const part of found) part.follow(this.last.row, this.last.prediction);
    await this.examples.extend(session);
    this.place.dataset.state = "complete";
  }
}
