/** A file of rows: dropped or chosen, scored in a worker, drawn and given back. */

import { chart, rejects } from "./chart.js";
import { button, element, fill } from "./element.js";
import { folder } from "./places.js";
import { failed, trouble } from "./states.js";
import { count, counted, seconds } from "./words.js";

export class Batch {
  #worker = null;
  #links = [];

  constructor({ name, model }) {
    this.name = name;
    this.model = model;
    this.place = element("div", { class: "pg-scored" });
    this.said = element("p", { class: "pg-note", role: "status" });
    this.box = element("section", { class: "pg-part", "aria-labelledby": "pg-batch" },
      element("h2", { id: "pg-batch" }, "Score a file"), this.#drop(), this.said, this.place);
  }

  /** The form alone moves with what is typed. */
  follow() {}

  #drop() {
    const names = this.model.inputs.map(({ name }) => name).join(", ");
    this.file = element("input", {
      type: "file", id: "pg-file", accept: ".csv,.tsv,.txt,text/csv",
      "aria-describedby": "pg-file-hint",
    });
    this.file.addEventListener("change", () => this.#score(this.file.files[0]));
    const box = element("div", { class: "pg-drop" },
      element("label", { for: "pg-file" }, "Drop a CSV here, or choose one"), this.file,
      element("p", { class: "pg-note", id: "pg-file-hint" },
        `Its first line names the columns: ${names}. Commas, semicolons or tabs. `
        + "The file is read in this tab and goes nowhere."));
    this.#listen(box);
    return box;
  }

  #listen(box) {
    const over = (event) => {
      event.preventDefault();
      box.classList.toggle("pg-over", event.type === "dragover");
    };
    for (const type of ["dragover", "dragleave", "drop"]) box.addEventListener(type, over);
    box.addEventListener("drop", ({ dataTransfer }) => this.#score(dataTransfer.files[0]));
  }

  #score(file) {
    if (!file) return;
    this.#stop();
    this.#links.splice(0).forEach((address) => URL.revokeObjectURL(address));
    this.#progress(file);
    this.#worker = new Worker(new URL("./scorer.js", import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", ({ data }) => this.#hear(data, file));
    this.#worker.addEventListener("error", () => this.#failed(
      { message: "the worker that scores could not be started" }));
    const { version } = this.model;
    this.#worker.postMessage({ file, address: folder(this.name), version });
  }

  #progress({ name }) {
    this.bar = element("progress", { max: "1", value: "0", "aria-label": `Scoring ${name}` });
    this.rows = element("span", {}, "0 rows");
    const cancel = button("Cancel", () => {
      this.#stop();
      fill(this.place);
      this.#say(`Cancelled after ${this.rows.textContent}.`);
      this.file.focus();
    });
    this.#say(`Scoring ${name}…`);
    fill(this.place, element("div", { class: "pg-progress" }, this.bar, this.rows, cancel));
  }

  #stop() {
    this.#worker?.terminate();
    this.#worker = null;
  }

  #say(words) {
    this.said.textContent = words;
  }

  #hear(data, file) {
    if (data.kind === "progress") return this.#proceed(data);
    this.#stop();
    // The same file once more is a change, too.
    this.file.value = "";
    return data.kind === "done" ? this.#done(data, file) : this.#failed(data);
  }

  #proceed({ answered, rejected, share }) {
    this.bar.value = share;
    this.rows.textContent = counted(answered, "row") + bad(rejected);
  }

  #failed(error) {
    this.#say("");
    const title = "The file cannot be scored";
    fill(this.place, error.name === "TableError"
      ? trouble(title, [error.message, error.hint]) : failed(error));
  }

  #done(data, file) {
    const { answered, rejected, shown, summary, time, ignored } = data;
    const speed = time > 0 ? `, ${count((1000 * (answered + rejected)) / time)} a second` : "";
    this.#say(`${counted(answered, "row")} of ${file.name} answered by ${this.model.version}`
      + `${bad(rejected)} in ${seconds(time)}${speed}.`);
    const stem = `${this.name}-${this.model.version}`;
    fill(this.place,
      ignored.length > 0 && element("p", { class: "pg-note" },
        `${counted(ignored.length, "column")} not used: ${ignored.join(", ")}.`),
      element("div", { class: "pg-buttons" },
        answered > 0 && this.#link(data.answers, `${stem}-answers.csv`, "Download the answers"),
        rejected > 0 && this.#link(data.rejects, `${stem}-rejects.csv`, "Download the bad rows")),
      answered > 0 && chart(summary),
      rejected > 0 && rejects(shown, rejected));
  }

  #link(blob, download, words) {
    const href = URL.createObjectURL(blob);
    this.#links.push(href);
    return element("a", { class: "pg-button plain", href, download }, words);
  }
}

const bad = (rejected) => (rejected ? `, ${counted(rejected, "bad row")}` : "");
