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
  const combine = type ? () => null : sparsely(compute);
  return (...inputs) => {
    const sparse = combine(...inputs);
    if (sparse) return sparse;
    const shape = broadcast(inputs.map((input) => input.shape));
    const [a, b, c] = inputs.map((input) => spread(input.data, input.shape, shape));
    const result = new Tensor(type ?? inputs[0].type, shape);
    for (let i = 0; i < a.length; i++) result.data[i] = compute(a[i], b?.[i], c?.[i]);
    return result;
  };
}

/**
 * Compute sparse tables where there are values, and once for the rest. What it makes gives null if
 * there is no such table, if its partner is neither a single value nor a row nor sparse in the same
 * places, or if the rest would not be of one value any more.
 */
function sparsely(compute) {
  // Rows that were found to leave the rest of one value, with what that rest was before.
  const settled = new WeakMap();
  const fillOf = (fill, row) => {
    const result = Math.fround(compute(fill, row[0]));
    if (row.length < 2 || settled.get(row) === fill) return result;
    if (!row.every((value) => compute(fill, value) === result)) return undefined;
    settled.set(row, fill);
    return result;
  };

  return (first, second) => {
    const [x, y] = first.columns || !second ? [first, second] : [second, first];
    if (!x.columns) return null;
    const alike = y?.columns === x.columns;
    const row = !y || alike ? [] : y.data;
    const fits = row.length < 2 || (row.length === x.shape[1] && y.shape.at(-1) === row.length);
    if (!fits || y?.shape.length > 2 || (y && !alike && !row.length)) return null;
    const fill = alike ? Math.fround(compute(x.fill, y.fill)) : fillOf(x.fill, row);
    if (fill === undefined) return null;
    const values = x.values.map((own, i) => {
      const [columns, others] = [x.columns[i], alike ? y.values[i] : null];
      const result = new Float32Array(own.length);
      for (let k = 0; k < own.length; k++) {
        result[k] = compute(own[k], others ? others[k] : row[row.length > 1 ? columns[k] : 0]);
      }
      return result;
    });
    return new Sparse(x.shape, x.columns, values, fill);
  };
}
