/** Operators of ONNX's own set that compute with numbers, or move values about. */

import { Sparse, broadcast, elementwise, spread } from "./elementwise.js";
import { FileError, Unsupported } from "./errors.js";
import { BOOL, DOUBLE, FLOAT, INT32, INT64, STRING, Tensor, volume } from "./tensors.js";

const binary = (compute) => {
  const both = elementwise(compute);
  return () => (first, ...others) => others.reduce((made, next) => both(made, next), first);
};
const unary = (compute) => () => elementwise(compute);

// How a number, or a truth, is written in another type.
const CASTS = {
  [FLOAT]: Number, [DOUBLE]: Number, [BOOL]: Boolean,
  [INT32]: (value) => Math.trunc(value), [INT64]: (value) => Math.trunc(value),
};

/** What makes each operator of its attributes. */
export const ARITHMETIC = {
  Add: binary((a, b) => a + b),
  ArgMax: argMax,
  Cast: cast,
  Concat: ({ axis }) => (...inputs) => concat(inputs, axis),
  Exp: unary(Math.exp),
  Flatten: flatten,
  Gather: ({ axis = 0 }) => (x, indices) => gather(x, indices, axis),
  Less: () => elementwise((a, b) => a < b, BOOL),
  Log: unary(Math.log),
  MatMul: () => matMul,
  Max: binary((a, b) => Math.max(a, b)),
  Min: binary((a, b) => Math.min(a, b)),
  Mul: binary((a, b) => a * b),
  Reshape: ({ allowzero = 0 }) => (x, sizes) => reshape(x, sizes.data, allowzero),
  Sign: unary(Math.sign),
  Where: () => (condition, x, y) =>
    elementwise((chosen, a, b) => (chosen ? a : b), x.type)(condition, x, y),
};

function cast({ to }) {
  if (!CASTS[to]) throw new Unsupported(`the operator \`Cast\` to type ${to}`);
  const convert = elementwise(CASTS[to], to);
  return (x) => {
    if (x.type === STRING) throw new FileError("the operator `Cast` makes no numbers of texts");
    return convert(x);
  };
}

function flatten({ axis = 1 }) {
  return ({ type, shape, data }) => {
    const start = axis < 0 ? axis + shape.length : axis;
    return new Tensor(type, [shape.slice(0, start), shape.slice(start)].map(volume), data);
  };
}

/** Cut a shape at an axis: what lies before it, its own length, and what lies behind. */
function around(shape, axis) {
  const at = axis < 0 ? axis + shape.length : axis;
  if (!(at < shape.length)) throw new FileError(`${shape} has no axis ${axis}`);
  return [shape.slice(0, at), shape[at], shape.slice(at + 1)];
}

function argMax({ axis = 0, keepdims = 1, select_last_index: last = 0 }) {
  return ({ shape, data }) => {
    const [before, length, after] = around(shape, axis);
    const step = volume(after);
    const result = new Tensor(INT64, [...before, ...(keepdims ? [1] : []), ...after]);
    for (let i = 0; i < result.data.length; i++) {
      const start = Math.floor(i / step) * step * length + (i % step);
      let best = 0;
      for (let k = 1; k < length; k++) {
        const [a, b] = [data[start + k * step], data[start + best * step]];
        if (a > b || (last && a === b)) best = k;
      }
      result.data[i] = best;
    }
    return result;
  };
}

function concat(inputs, axis) {
  const [{ type, shape }] = inputs;
  const [before, , after] = around(shape, axis);
  const lengths = inputs.map((input) => around(input.shape, axis)[1]);
  const length = lengths.reduce((sum, each) => sum + each);
  const whole = [...before, length, ...after];
  const start = (k) => lengths.slice(0, k).reduce((sum, each) => sum + each, 0);
  if (shape.length === 2 && before.length && inputs.some((input) => input.fill === 0)) {
    return concatSparse(inputs, whole, inputs.map((_, k) => start(k)));
  }
  const result = new Tensor(type, whole);
  const step = volume(after);
  inputs.forEach(({ data }, k) => {
    const [run, offset] = [lengths[k] * step, start(k) * step];
    if (data.length !== run * volume(before)) throw new FileError("tensors do not fit together");
    for (let i = 0; i < data.length; i++) {
      result.data[Math.floor(i / run) * length * step + offset + (i % run)] = data[i];
    }
  });
  return result;
}

function concatSparse(inputs, shape, starts) {
  const parts = inputs.map((input) => (input.fill === 0 ? input : listed(input)));
  const columns = [];
  const values = [];
  for (let row = 0; row < shape[0]; row++) {
    columns[row] = [];
    parts.forEach((part, k) => {
      for (const column of part.columns[row]) columns[row].push(column + starts[k]);
    });
    values[row] = new Float32Array(columns[row].length);
    let at = 0;
    for (const part of parts) {
      values[row].set(part.values[row], at);
      at += part.values[row].length;
    }
  }
  return new Sparse(shape, columns, values);
}

/** Name every column of a dense table. */
function listed({ shape: [rows, width], data }) {
  const every = Array.from({ length: width }, (_, column) => column);
  const values = Array.from({ length: rows }, (_, row) => data.slice(row * width, (row + 1) * width));
  return { columns: values.map(() => every), values };
}

function gather({ type, shape, data }, indices, axis) {
  const [before, length, after] = around(shape, axis);
  const step = volume(after);
  const count = indices.data.length;
  const result = new Tensor(type, [...before, ...indices.shape, ...after]);
  for (let i = 0; i < result.data.length; i++) {
    const index = indices.data[Math.floor(i / step) % count];
    const place = index < 0 ? index + length : index;
    if (!(place >= 0 && place < length)) throw new FileError(`there is no place ${index} of ${length}`);
    result.data[i] = data[(Math.floor(i / (step * count)) * length + place) * step + (i % step)];
  }
  return result;
}

function reshape({ type, shape, data }, sizes, allowzero) {
  const whole = sizes.map((size, axis) => (size === 0 && !allowzero ? shape[axis] : size));
  const known = volume(whole.filter((size) => size !== -1));
  return new Tensor(type, whole.map((size) => (size === -1 ? data.length / known : size)), data);
}

function matMul(x, y) {
  const a = x.shape.length === 1 ? [1, ...x.shape] : x.shape;
  const b = y.shape.length === 1 ? [...y.shape, 1] : y.shape;
  const [rows, depth, width] = [a.at(-2), a.at(-1), b.at(-1)];
  if (b.at(-2) !== depth) throw new FileError(`${x.shape} and ${y.shape} cannot be multiplied`);
  const [left, right] = [a.slice(0, -2), b.slice(0, -2)];
  const batch = broadcast([left, right]);
  const numbered = (from) => spread(Array.from({ length: volume(from) }, (_, i) => i), from, batch);
  const [lefts, rights] = [numbered(left), numbered(right)];
  const tail = [...(x.shape.length === 1 ? [] : [rows]), ...(y.shape.length === 1 ? [] : [width])];
  const result = new Tensor(x.type, [...batch, ...tail]);
  const [first, second] = [x.data, y.data];
  for (let i = 0; i < result.data.length; i++) {
    const matrix = Math.floor(i / (rows * width));
    const row = (lefts[matrix] * rows + (Math.floor(i / width) % rows)) * depth;
    const column = rights[matrix] * depth * width + (i % width);
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += first[row + k] * second[column + k * width];
    result.data[i] = sum;
  }
  return result;
}
