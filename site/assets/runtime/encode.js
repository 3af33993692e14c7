/** From named values to tensors: the browser's half of `modelpress/encode.py`. */

import { normalizeText } from "../normalize_text.js";
import { FLOAT, STRING, Tensor } from "./tensors.js";

const LARGEST_FLOAT32 = 3.4028234663852886e38;
// NUL, and half of a character: nowhere the same. With the flag u, whole pairs are not meant.
const NOWHERE_THE_SAME = /[\0\ud800-\udfff]/u;

const isCode = (value) =>
  typeof value === "bigint" ? value < 2n ** 64n && value > -(2n ** 64n) : Number.isSafeInteger(value);

/** What a value is to the graph, by the kind of its field; undefined if it does not fit. */
export const READERS = {
  numeric: (value) => {
    const number = typeof value === "bigint" ? Number(value) : value ?? Number.NaN;
    const fits = typeof number === "number" && Math.abs(number) <= LARGEST_FLOAT32;
    return fits || value === null ? number : undefined;
  },
  categorical: (value) => {
    if (isCode(value)) return String(value);
    const fits = typeof value === "string" && !NOWHERE_THE_SAME.test(value);
    return value === null ? "" : fits ? value : undefined;
  },
  text: (value) => {
    if (value === null) return "";
    return typeof value === "string" ? normalizeText(value) : undefined;
  },
};

export const isRow = (row) => typeof row === "object" && row !== null && !Array.isArray(row);

/** Turn rows into a column of tensors `[rows, 1]` per input; null if a row does not fit. */
export function encode({ inputs }, rows) {
  const fits = (row) => isRow(row) && Object.keys(row).length === inputs.length
    && inputs.every(({ name }) => Object.hasOwn(row, name));
  if (!rows.every(fits)) return null;
  const columns = inputs.map(({ name, kind }) => rows.map((row) => READERS[kind](row[name])));
  if (columns.some((values) => values.includes(undefined))) return null;
  return Object.fromEntries(inputs.map(({ name, kind }, k) => [name, column(kind, columns[k])]));
}

function column(kind, values) {
  const shape = [values.length, 1];
  if (kind === "numeric") return new Tensor(FLOAT, shape, Float32Array.from(values));
  return new Tensor(STRING, shape, values);
}
