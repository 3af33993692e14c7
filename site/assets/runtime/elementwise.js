/** Sparse tables, and what is computed value by value. */

import { FileError } from "./errors.js";
import { FLOAT, Tensor, volume } from "./tensors.js";

/** A table of 32-bit numbers: of each row a few columns with their values; `fill` is the rest. */
export class Sparse {
  type = FLOAT;

  constructor(shape, columns, values, fill = 0) {
    Object.assign(this, { shape, columns, values, fill });
  }

  get data() {
    const width = this.shape[1];
    const data = new Float32Array(volume(this.shape)).fill(this.fill);
    this.columns.forEach((columns, row) => {
      for (let k = 0; k < columns.length; k++) data[row * width + columns[k]] = this.values[row][k];
    });
    return data;
  }
}

/** Say the shape of what tensors of these shapes make together. */
export function broadcast(shapes) {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const length = lengths.find((each) => each !== 1) ?? 1;
    if (lengths.some((each) => each !== 1 && each !== length)) {
      throw new FileError(`tensors of ${shapes.join(" and ")} do not go together`);
    }
    return length;
  });
}

/** Repeat data along the axes that `shape` has and `from` has not. */
export function spread(data, from, shape) {
  const size = volume(shape);
  if (data.length === size) return data;
  const spreaded = data.constructor.from({ length: size });
  const lengths = [...shape.map(() => 1).slice(from.length), ...from];
  for (let i = 0; i < size; i++) {
    let rest = i;
    let place = 0;
    for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
      if (lengths[axis] > 1) place += (rest % shape[axis]) * step;
      rest = Math.floor(rest / shape[axis]);
      step *= lengths[axis];
    }
    spreaded[i] = data[place];
  }
  return spreaded;
}

/** Compute value by value; the result is of the given type, or of the inputs' own. */
export function elementwise(compute, type) {
  return (...inputs) => {
    const sparse = !type && inputs.some((input) => input.columns) && sparsely(compute, inputs);
    if (sparse) return sparse;
    const shape = broadcast(inputs.map((input) => input.shape));
    const [a, b, c] = inputs.map((input) => spread(input.data, input.shape, shape));
    const result = new Tensor(type ?? inputs[0].type, shape);
    for (let i = 0; i < a.length; i++) result.data[i] = compute(a[i], b?.[i], c?.[i]);
    return result;
  };
}

/**
 * Compute where there are values, and once for the rest. Undefined if the rest would not be of one
 * value any more, or if a partner is no single value, no row, and not sparse in the same places.
 */
function sparsely(compute, [x, y]) {
  if (!x.columns) return y.columns && sparsely((a, b) => compute(b, a), [y, x]);
  const alike = y?.columns === x.columns;
  const other = !y || alike ? [] : y.data;
  const width = x.shape[1];
  const row = other.length > 1 && other.length === width && y.shape.at(-1) === width;
  if (y?.shape.length > 2 || (y && !alike && other.length !== 1 && !row)) return undefined;
  const fill = Math.fround(compute(x.fill, alike ? y.fill : other[0]));
  if (row && !other.every((value) => compute(x.fill, value) === fill)) return undefined;
  const partner = (i, k, column) => (alike ? y.values[i][k] : other[row ? column : 0]);
  const values = x.columns.map((columns, i) =>
    Float32Array.from(columns, (column, k) => compute(x.values[i][k], partner(i, k, column))));
  return new Sparse(x.shape, x.columns, values, fill);
}
