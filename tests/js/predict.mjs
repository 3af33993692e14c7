/**
 * Answers rows with the predictions of onnxruntime-web: `{model, rows}` asks the model file, which
 * says itself what its inputs are; `alone` runs row by row, `together` all rows in one run.
 */

import { readFile } from "node:fs/promises";

import { normalizeText } from "../../site/assets/normalize_text.js";
import * as ort from "../../site/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs";
import { answerLines } from "./lines.mjs";
import { readMetadata } from "./onnx_metadata.mjs";

ort.env.wasm.numThreads = 1;

const encoders = {
  numeric: (value) => value ?? Number.NaN,
  categorical: (value) => String(value ?? ""),
  text: (value) => normalizeText(value ?? ""),
};

function encode(signature, rows) {
  const feeds = {};
  for (const { name, kind } of signature.inputs) {
    const values = rows.map((row) => encoders[kind](row[name]));
    const [type, data] =
      kind === "numeric" ? ["float32", Float32Array.from(values)] : ["string", values];
    feeds[name] = new ort.Tensor(type, data, [rows.length, 1]);
  }
  return feeds;
}

async function predict(session, signature, rows) {
  const outputs = await session.run(encode(signature, rows));
  if (signature.task === "regression") {
    return Array.from(outputs.value.data, (value) => ({ value }));
  }
  const { classes } = signature;
  const { data } = outputs.probabilities;
  return Array.from(outputs.label.data, (label, row) => ({
    label,
    probabilities: Object.fromEntries(
      classes.map((name, column) => [name, data[row * classes.length + column]]),
    ),
  }));
}

await answerLines(async ({ model, rows }) => {
  const bytes = await readFile(model);
  const signature = JSON.parse(readMetadata(bytes).modelpress);
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const alone = [];
  for (const row of rows) alone.push(...(await predict(session, signature, [row])));
  const together = await predict(session, signature, rows);
  await session.release();
  return { alone, together };
});
