/** Tensors: values of one type in a shape. */

import { FileError } from "./errors.js";

// The codes of onnx.proto.
export const FLOAT = 1;
export const INT32 = 6;
export const INT64 = 7;
export const STRING = 8;
export const BOOL = 9;
export const DOUBLE = 11;

const MOST_VALUES = 2 ** 24;

/** Multiply sizes, refusing what no sound model asks for. */
export function volume(shape) {
  const size = shape.reduce((product, length) => product * length, 1);
  if (!(size >= 0 && size <= MOST_VALUES)) throw new FileError(`no tensor may be ${shape} large`);
  return size;
}

/** Whole numbers are plain ones, exact up to 2^53; truth is `true` or `false`. */
export class Tensor {
  /** Without data, make room for it: zeros if they are 32-bit numbers. */
  constructor(type, shape, data) {
    const size = volume(shape);
    this.type = type;
    this.shape = shape;
    this.data = data ?? (type === FLOAT ? new Float32Array(size) : new Array(size));
    if (this.data.length !== size) throw new FileError(`${shape} is no shape of ${this.data.length}`);
  }

  /** Cut rows out of a column. */
  rows(start, end) {
    const data = this.data.slice(start, end);
    return new Tensor(this.type, [data.length, 1], data);
  }
}
