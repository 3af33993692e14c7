/**
 * A worker that scores a file: `{file, address, version}` comes in; `progress` goes out after every
 * batch, and in the end `done` or `failed`. Whoever cancels ends the worker.
 *
 * The form of what it writes is that of `modelpress score`.
 */

import { load } from "../runtime/modelpress.js";
import { Columns, TableError } from "./columns.js";
import { CsvReader, delimiterOf, written } from "./csv.js";
import { Tally } from "./tally.js";

const ROWS_A_BATCH = 256;
const REJECTS_SHOWN = 200;
const REJECTS_HEADER = ["line", "row_id", "field", "value", "reason"];
const LONGEST_VALUE = 200;

class Scorer {
  #waiting = [];
  #number = 0;
  #columns = null;

  constructor(model, version) {
    this.model = model;
    this.version = version;
    this.tally = new Tally(model);
    this.answers = [written(this.#header())];
    this.rejects = [written(REJECTS_HEADER)];
    this.shown = [];
    this.answered = this.rejected = 0;
  }

  #header() {
    const { classes, task } = this.model;
    const said = task === "regression"
      ? ["value"] : ["label", ...classes.map((name) => `probability_${name}`)];
    return ["row_id", ...said, "version"];
  }

  get seen() {
    return this.answered + this.rejected;
  }

  get hasHeader() {
    return this.#columns !== null;
  }

  get ignored() {
    return this.#columns.ignored;
  }

  /** Take in a record; the first is the header. */
  async take(record) {
    if (!this.#columns) {
      if (record.fault) throw new TableError(`the first line cannot be read: ${record.fault}`);
      this.#columns = new Columns(record.cells, this.model.inputs);
      return;
    }
    this.#number += 1;
    const id = this.#columns.idOf(record, this.#number);
    const reason = this.#columns.fault(record);
    this.#waiting.push({ record, id, reason, ...(reason ? {} : this.#columns.row(record)) });
    if (this.#waiting.length >= ROWS_A_BATCH) await this.flush();
  }

  /** Answer what waits. */
  async flush() {
    const waiting = this.#waiting;
    this.#waiting = [];
    const good = [];
    for (const one of waiting) if (await this.#passes(one)) good.push(one);
    const answers = good.length ? await this.model.predict(good.map(({ row }) => row)) : [];
    const lines = answers.map((prediction, at) => this.#line(good[at].id, prediction));
    this.answers.push(lines.join(""));
    this.answered += lines.length;
  }

  /** What the model may refuse is asked by itself, so that it can say why. */
  async #passes({ record, id, reason, row, isOdd }) {
    if (reason) this.#reject({ record, id, value: record.cells.join(","), reason });
    if (reason || !isOdd) return !reason;
    try {
      await this.model.predict([row]);
      return true;
    } catch (error) {
      if (error.name !== "InputError") throw error;
      this.#refused(record, id, row, error);
      return false;
    }
  }

  #refused(record, id, row, { message }) {
    const [, field, reason] = /^row \d+: field `([^`]*)`: (.*)$/s.exec(message) ?? ["", "", message];
    this.#reject({ record, id, field, value: field ? String(row[field]) : "", reason });
  }

  #reject({ record, id, field = "", value, reason }) {
    const cells = [record.line, id, field, value.slice(0, LONGEST_VALUE), reason];
    this.rejects.push(written(cells));
    this.rejected += 1;
    if (this.shown.length < REJECTS_SHOWN) this.shown.push({ line: record.line, field, reason });
  }

  #line(id, prediction) {
    this.tally.add(prediction);
    const { label, probabilities, value } = prediction;
    const said = label === undefined
      ? [short(value)] : [label, ...this.model.classes.map((name) => short(probabilities[name]))];
    return written([id, ...said, this.version]);
  }
}

/** The shortest text that reads as the same 32-bit number. */
function short(number) {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(number.toPrecision(digits));
    if (Math.fround(text) === Math.fround(number)) return String(text);
  }
  return String(Number(number.toPrecision(9)));
}

async function encodingOf(file) {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

/** The file's text in pieces; a byte-order mark is left out. */
async function* pieces(file) {
  const decoder = new TextDecoder(await encodingOf(file));
  const reader = file.stream().getReader();
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read();
    if (done) break;
    const text = decoder.decode(value, { stream: true });
    yield { text, from: bytes / file.size, to: (bytes + value.length) / file.size };
    bytes += value.length;
  }
  yield { text: decoder.decode(), from: 1, to: 1 };
}

async function score({ file, address, version }) {
  const model = await load(address, { version });
  const scorer = new Scorer(model, version);
  const names = model.inputs.map(({ name }) => name);
  let reader = null;
  for await (const { text, from, to } of pieces(file)) {
    if (!text) continue;
    reader ??= new CsvReader(delimiterOf(text, names));
    const share = () => from + (to - from) * (reader.position / text.length);
    await takeAll(scorer, reader.read(text), share);
  }
  if (reader) await takeAll(scorer, reader.end(), () => 1);
  if (!scorer.hasHeader) throw new TableError("the file is empty");
  await scorer.flush();
  return scorer;
}

async function takeAll(scorer, records, share) {
  let seen = scorer.seen;
  for (const record of records) {
    await scorer.take(record);
    if (scorer.seen - seen < ROWS_A_BATCH) continue;
    seen = scorer.seen;
    progress(scorer, share());
  }
}

const progress = ({ answered, rejected }, share) =>
  postMessage({ kind: "progress", answered, rejected, share });

const csv = (lines) => new Blob(lines, { type: "text/csv;charset=utf-8" });

addEventListener("message", async ({ data }) => {
  const start = performance.now();
  try {
    const { answered, rejected, shown, tally, answers, rejects, ignored } = await score(data);
    postMessage({
      kind: "done", answered, rejected, shown, ignored,
      summary: tally.summary,
      answers: csv(answers),
      rejects: csv(rejects),
      time: performance.now() - start,
    });
  } catch ({ name, message, hint = "" }) {
    postMessage({ kind: "failed", name, message, hint });
  }
});
