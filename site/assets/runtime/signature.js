/** What a model takes and answers, as it is written into the model file itself. */

import { NORMALIZER } from "../normalize_text.js";
import { FileError } from "./errors.js";

const KEY = "modelpress";
const KINDS = ["numeric", "categorical", "text"];

/** @param {Map<string, string>} metadata of an ONNX file */
export function readSignature(metadata) {
  if (!metadata.has(KEY)) {
    throw new FileError("the ONNX file has no Modelpress signature", "it was not made by `modelpress`");
  }
  const signature = parse(metadata.get(KEY));
  if (signature.schema !== 1) {
    throw new FileError("the model's signature has another schema", "update `modelpress`");
  }
  const { inputs, classes, normalizer } = signature;
  if (!Array.isArray(classes) || !inputs?.every?.(({ name, kind }) => name && KINDS.includes(kind))) {
    throw damaged("it lacks inputs or classes");
  }
  if (normalizer && normalizer !== NORMALIZER) {
    throw new FileError(
      `the model wants texts normalised by \`${normalizer}\``, "load a later `modelpress.js`");
  }
  return signature;
}

function parse(text) {
  try {
    return Object(JSON.parse(text));
  } catch (error) {
    throw damaged(error.message);
  }
}

const damaged = (reason) =>
  new FileError(`the model's signature is damaged: ${reason}`, "restore the file from Git");
