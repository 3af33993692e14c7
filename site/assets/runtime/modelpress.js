/**
 * Answers from a published Modelpress model, in any web page and in Node.
 *
 *     import { load } from "https://example.org/site/assets/runtime/modelpress.js";
 *
 *     const model = await load("https://example.org/site/models/spam");
 *     (await model.predict({ text: "You won, call now" })).label;
 *
 * Nothing that is asked leaves the page. Whatever every use needs is imported right here, so that a
 * browser fetches it in two steps; the evaluator comes while the model does, and all else if need be.
 */

import "./tensors.js";

import { encode } from "./encode.js";
import { FileError, InputError, Unsupported } from "./errors.js";
import { readModel } from "./onnx.js";
import { openPlace } from "./place.js";
import { readSignature } from "./signature.js";

export { normalizeText } from "../normalize_text.js";
export { FileError, InputError, ModelError } from "./errors.js";

const VERSION = /^v\d+\.\d+\.\d+$/;
// Rows that are computed at once, and characters: enough to be fast, and bounded in memory.
const BATCH = 256;
const CHARACTERS = 2 ** 20;

/**
 * Load a model from its folder on a published site.
 *
 * @param {string|URL} folder such as `../models/spam`, as seen from the page
 * @param {object} [options]
 * @param {string} [options.version] `production`, `staging`, or a version such as `v1.2.0`
 * @param {"auto"|"javascript"|"onnxruntime"} [options.runtime] `auto` takes onnxruntime-web only
 *   for graphs that the evaluator in JavaScript does not know
 * @param {string|URL} [options.onnxruntime] the module of onnxruntime-web, if it lies elsewhere
 * @returns {Promise<Model>}
 * @throws {FileError} there is no such model, or its bytes are not those of the registry
 */
export async function load(folder, { version = "production", ...options } = {}) {
  // Not waited for here: it comes while the model does.
  if (options.runtime !== "onnxruntime") evaluator().catch(() => {});
  const place = await openPlace(folder);
  const chosen = VERSION.test(version) ? { version } : await pointer(place, version);
  if (!chosen.version) throw new FileError(`\`${place.name}\` has no version in ${version}`);
  if (!VERSION.test(chosen.version)) {
    const said = chosen.version.slice(0, 80);
    throw new FileError(`\`${place.name}/${version}\` says \`${said}\`, which is no version`);
  }
  const [bytes, digest] = await Promise.all([
    required(place, `${chosen.version}/model.onnx`),
    chosen.sha256 ?? required(place, `${chosen.version}/card.json`).then((card) => record(card).sha256),
  ]);
  if (!digest) throw new FileError(`nothing vouches for \`${place.name}/${chosen.version}/model.onnx\``);
  return fromBytes(bytes, { ...options, version: chosen.version, sha256: digest });
}

/** What production or staging is: as a site publishes it, or else as a checkout has it. */
async function pointer(place, name) {
  if (name !== "production" && name !== "staging") throw new FileError(`\`${name}\` is no version`);
  const promoted = name === "production" && await place.read("production.json", true);
  if (promoted) return record(promoted);
  const listed = await place.read(`../../api/models/${place.model}.json`, true);
  if (listed) return { version: record(listed, name).version };
  const line = new TextDecoder().decode(await required(place, name, true));
  // What is left of v1.0.10 may be v1.0.1: only a whole line is a version.
  return { version: line === "" || line.endsWith("\n") ? line.trim() : `${line} without a line end` };
}

async function required(place, file, newest) {
  const bytes = await place.read(file, newest);
  if (!bytes) throw new FileError(`\`${place.name}/${file}\` does not exist`);
  return bytes;
}

function record(bytes, key = "version") {
  try {
    const { [key]: version, sha256 } = JSON.parse(new TextDecoder().decode(bytes));
    return { version: version && String(version), sha256: sha256 && String(sha256) };
  } catch (error) {
    throw new FileError(`a record of the model is not JSON: ${error.message}`);
  }
}

/**
 * Make a model of the bytes of its file.
 *
 * @param {Uint8Array} bytes
 * @param {object} [options] as for `load`; `version` is what predictions say about their origin,
 *   and `sha256` the digest that the bytes must have
 * @returns {Promise<Model>}
 */
export async function fromBytes(bytes, { version = "", sha256, runtime = "auto", onnxruntime } = {}) {
  const actual = await digestOf(bytes);
  if (sha256 && actual !== sha256) {
    throw new FileError(`the model file has sha256 ${actual}, not ${sha256}`,
      "the file was changed or damaged: restore it from Git");
  }
  const file = readModel(bytes);
  const signature = readSignature(file.metadata);
  const graph = runtime === "onnxruntime" ? null : await compiled(file, runtime);
  const run = graph ?? await reference(bytes, onnxruntime);
  const answering = graph ? "javascript" : "onnxruntime";
  return new Model(signature, run, { version, sha256: actual, runtime: answering });
}

/** Fetch the evaluator, all of it in one step. */
const evaluator = () => Promise.all([
  import("./graph.js"), import("./arithmetic.js"), import("./elementwise.js"),
  import("./preparation.js"), import("./scores.js"), import("./text.js"),
]).catch(({ message }) => { throw new FileError(`the evaluator cannot be loaded: ${message}`); });

async function compiled(file, runtime) {
  const [{ compile }] = await evaluator();
  try {
    return compile(file);
  } catch (error) {
    if (runtime === "auto" && error instanceof Unsupported) return null;
    throw error;
  }
}

/** Run by onnxruntime-web; a module that stands alone has error classes of its own. */
async function reference(bytes, where) {
  const ours = ({ message, hint }) => { throw new FileError(message, hint); };
  const { openSession } = await import("./onnxruntime.js");
  const run = await openSession(bytes, where).catch(ours);
  return (feeds) => run(feeds).catch(ours);
}

async function digestOf(bytes) {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return (await import("./sha256.js")).sha256(bytes);
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Say in full why rows were refused, unless the words cannot be fetched any more. */
const refusal = (signature, rows) => import("./refusal.js").then(
  (words) => words.refusal(signature, rows),
  () => ({ message: "a row does not fit the model's inputs" }),
).then(({ message, hint }) => new InputError(message, hint));

/** Say how many rows to compute at once; each is as wide as the longest text of all. */
function fitting(columns) {
  let longest = 1;
  for (const [, { data }] of columns) {
    for (const value of data) if (value.length > longest) longest = value.length;
  }
  return Math.max(1, Math.min(BATCH, Math.floor(CHARACTERS / longest)));
}

/** A model file, ready to answer. Made by `load` and `fromBytes`. */
class Model {
  #run;

  constructor(signature, run, origin) {
    this.#run = run;
    const { model: name, task, inputs, classes, positive, threshold } = signature;
    Object.assign(this, { name, task, inputs, classes, positive, threshold, signature, ...origin });
  }

  /**
   * Answer one row, or a list of rows with a list. A row maps field to value; `null` is missing.
   *
   * @returns {Promise<object>} `{version, label, probabilities}`, or `{version, value}`
   * @throws {InputError} a row does not fit the signature
   */
  async predict(rows) {
    if (!Array.isArray(rows)) return (await this.predict([rows]))[0];
    const feeds = encode(this.signature, rows);
    if (!feeds) throw await refusal(this.signature, rows);
    const answers = [];
    const columns = Object.entries(feeds);
    const batch = fitting(columns);
    for (let start = 0; start < rows.length; start += batch) {
      const part = columns.map(([name, column]) => [name, column.rows(start, start + batch)]);
      answers.push(...this.#answers(await this.#run(Object.fromEntries(part))));
    }
    return answers;
  }

  #answers([first, second]) {
    const { version, classes } = this;
    const width = classes.length;
    if (this.task === "regression") return Array.from(first.data, (value) => ({ version, value }));
    return Array.from(first.data, (label, row) => {
      const shares = second.data.subarray(row * width, (row + 1) * width);
      const probabilities = Object.fromEntries(classes.map((name, k) => [name, shares[k]]));
      return { version, label, probabilities };
    });
  }
}
