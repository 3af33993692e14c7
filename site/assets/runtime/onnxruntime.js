/** The reference runtime, onnxruntime-web: for graphs that the evaluator does not know. */

import { FileError } from "./errors.js";
import { FLOAT } from "./tensors.js";

const HERE = new URL("../vendor/onnxruntime-web/ort.wasm.bundle.min.mjs", import.meta.url);

/**
 * Make a model file ready to run by onnxruntime-web.
 *
 * @param {Uint8Array} bytes
 * @param {string|URL} where its module; the `.wasm` lies beside it
 */
export async function openSession(bytes, where = HERE) {
  const ort = await import(where).catch((error) => {
    throw new FileError(`onnxruntime-web cannot be loaded: ${error.message}`, `it should be at ${where}`);
  });
  // Pages that may use threads are rare, and one thread is as fast for a row.
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "fatal";
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] })
    .catch((error) => { throw refused(error); });
  return async (feeds) => {
    const entries = Object.entries(feeds).map(([name, { type, shape, data }]) =>
      [name, new ort.Tensor(type === FLOAT ? "float32" : "string", data, shape)]);
    const outputs = await session.run(Object.fromEntries(entries))
      .catch((error) => { throw refused(error); });
    return session.outputNames.map((name) => outputs[name]);
  };
}

const refused = (error) =>
  new FileError(`onnxruntime refuses the model file: ${String(error.message).split("\n")[0]}`,
    "the file is damaged: restore it from Git, or retrain");
