/** Operators that prepare columns: fill, scale, and turn categories into numbers. */

import { Sparse } from "./elementwise.js";
import { FileError, Unsupported } from "./errors.js";
import { FLOAT, INT64, STRING, Tensor, volume } from "./tensors.js";

export const PREPARATION = {
  Imputer: imputer,
  LabelEncoder: labelEncoder,
  Normalizer: normalizer,
  OneHotEncoder: oneHotEncoder,
  Scaler: scaler,
};

const { abs, fround, sqrt } = Math;

/** Compute 32-bit numbers one by one, with their place in the row. */
function mapped({ shape, data }, compute) {
  const width = shape.at(-1);
  const result = new Tensor(FLOAT, shape);
  for (let i = 0; i < data.length; i++) result.data[i] = compute(data[i], i % width);
  return result;
}

function imputer({ imputed_value_floats: typical, replaced_value_float: missing = 0 }) {
  if (!typical) throw new Unsupported("the operator `Imputer` of whole numbers");
  const same = (value) => value === missing || (value !== value && missing !== missing);
  return (x) => {
    const single = typical.length !== x.shape.at(-1);
    return mapped(x, (value, k) => (same(value) ? typical[single ? 0 : k] : value));
  };
}

function scaler({ offset = [0], scale = [1] }) {
  const at = (values, k) => values[values.length > 1 ? k : 0];
  return (x) => mapped(x, (value, k) => fround(value - at(offset, k)) * at(scale, k));
}

function labelEncoder({
  keys_floats: floats, keys_int64s: wholes, keys_strings: texts,
  values_floats, values_int64s, values_strings,
  default_float: float = 0, default_int64: whole = -1, default_string: text = "_Unused",
}) {
  const keys = texts ?? wholes ?? floats ?? [];
  const values = values_strings ?? values_int64s ?? values_floats ?? [];
  if (!keys.length || keys.length !== values.length) throw new Unsupported("labels of another kind");
  const table = new Map(keys.map((key, k) => [key, values[k]]));
  const [type, rest] = values_strings ? [STRING, text] : values_int64s ? [INT64, whole] : [FLOAT, float];
  return ({ shape, data }) => {
    const result = new Tensor(type, shape);
    for (let i = 0; i < data.length; i++) result.data[i] = table.get(data[i]) ?? rest;
    return result;
  };
}

function oneHotEncoder({ cats_int64s: numbers, cats_strings: names, zeros = 1 }) {
  const categories = names ?? numbers ?? [];
  const places = new Map(categories.map((category, k) => [category, k]));
  return ({ shape, data }) => {
    const result = new Tensor(FLOAT, [...shape, categories.length]);
    for (let i = 0; i < data.length; i++) {
      const place = places.get(typeof data[i] === "number" ? Math.trunc(data[i]) : data[i]);
      if (place !== undefined) result.data[i * categories.length + place] = 1;
      else if (!zeros) throw new FileError("the model knows no category but its own");
    }
    return result;
  };
}

// The sum has 32 bits at every step, as in onnxruntime; a row of zeros stays what it is.
const NORMS = {
  L1: (row) => {
    const sum = row.reduce((total, value) => fround(total + abs(value)), 0);
    return sum ? row.map((value) => value / sum) : row;
  },
  L2: (row) => {
    const sum = row.reduce((total, value) => fround(total + fround(value * value)), 0);
    return sum ? row.map((value) => Math.sign(value) * sqrt(fround(fround(value * value) / sum))) : row;
  },
};

function normalizer({ norm = "MAX" }) {
  const normalize = NORMS[norm];
  if (!normalize) throw new Unsupported(`the operator \`Normalizer\` by ${norm}`);
  return (x) => {
    if (x.fill === 0) return new Sparse(x.shape, x.columns, x.values.map(normalize));
    const { shape, data } = x;
    const width = shape.at(-1);
    const result = new Tensor(FLOAT, shape);
    for (let start = 0; start < volume(shape); start += width) {
      result.data.set(normalize(Float32Array.from(data.slice(start, start + width))), start);
    }
    return result;
  };
}
