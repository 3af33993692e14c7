/** "This is wrong": an issue form of the repository, filled in, after showing what it will say. */

import { button, element, fill } from "./element.js";
import { figure } from "./words.js";

/** Characters of an address that every browser and GitHub take. */
const LONGEST_ADDRESS = 7500;
const TEMPLATE = "feedback.yml";

/** The address of the issue form; `row` is left out where it does not fit in. */
export function issueAddress(repository, { model, version, row, expected }) {
  const address = new URL(`${repository.replace(/\/+$/, "")}/issues/new`);
  const fields = {
    template: TEMPLATE, title: `${model} ${version}: wrong answer`, model, version, expected, row,
  };
  for (const [key, value] of Object.entries(fields)) address.searchParams.set(key, value);
  if (address.href.length > LONGEST_ADDRESS) address.searchParams.delete("row");
  return address.href;
}

export class Feedback {
  #seen = null;

  constructor({ name, model }, repository) {
    this.name = name;
    this.model = model;
    this.repository = repository;
    this.open = button("This is wrong", () => {
      this.#show();
      this.expected.focus();
    });
    this.place = element("div", {});
    this.box = element("section", { class: "pg-part", "aria-labelledby": "pg-wrong" },
      element("h2", { id: "pg-wrong" }, "Report an answer"),
      element("p", { class: "pg-note" },
        "Opens a filled-in issue in the repository. You see first what becomes public."),
      this.open, this.place);
  }

  /** What is shown stays what would be sent. */
  follow(row, prediction) {
    const before = this.#seen?.prediction.label;
    this.#seen = row && { row, prediction };
    this.open.disabled = !row;
    const isOpen = this.place.childElementCount > 0;
    if (!row) fill(this.place);
    else if (isOpen && before === prediction.label) this.#draw();
    else if (isOpen) this.#show();
  }

  #show() {
    this.expected = this.#expected();
    this.preview = element("dl", { class: "pg-public" });
    this.link = element("a", { class: "pg-button pg-main plain", target: "_blank",
      rel: "noopener noreferrer" }, "Open the issue form");
    this.tooLong = element("p", { class: "pg-note", hidden: true },
      "The row is too long for an address: paste it into the form yourself.");
    this.expected.addEventListener("input", () => this.#draw());
    const close = button("Close", () => {
      fill(this.place);
      this.open.focus();
    });
    fill(this.place, element("div", { class: "pg-report", role: "group",
      "aria-label": "What becomes public" },
    element("div", { class: "pg-field" },
      element("label", { for: "pg-expected" }, "What would have been right?"), this.expected),
    element("p", {}, element("strong", {}, "This becomes public"),
      ` at ${new URL(this.repository).host} when you send the form, the row included. `
      + "Nothing is sent before you open it. Do not report what is not yours to show."),
    this.preview, this.tooLong,
    element("div", { class: "pg-buttons" }, this.link, close)));
    this.#draw();
  }

  #expected() {
    const { classes } = this.model;
    const { label } = this.#seen.prediction;
    if (label === undefined) {
      return element("input", { id: "pg-expected", inputmode: "decimal", autocomplete: "off" });
    }
    const others = classes.filter((name) => name !== label);
    return element("select", { id: "pg-expected" },
      [...others, label].map((name) => element("option", { value: name }, name)));
  }

  #draw() {
    const { row, prediction } = this.#seen;
    const told = {
      model: this.name, version: this.model.version, row: JSON.stringify(row, null, 1),
      expected: this.expected.value,
    };
    const answer = prediction.label ?? figure(prediction.value);
    fill(this.preview,
      entry("Model", `${told.model} ${told.version}`),
      entry("Row", element("pre", { tabindex: "0" }, told.row)),
      entry("Answer", `${answer}; expected ${told.expected || "something else"}`));
    this.link.href = issueAddress(this.repository, told);
    this.tooLong.hidden = new URL(this.link.href).searchParams.has("row");
  }
}

const entry = (name, ...content) =>
  element("div", {}, element("dt", {}, name), element("dd", {}, ...content));
