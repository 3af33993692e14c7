/** ONNX files as they are written: Protocol Buffers, by the field numbers of onnx.proto. */

import { FileError, Unsupported } from "./errors.js";
import { FLOAT, INT64, STRING, Tensor } from "./tensors.js";

const decoder = new TextDecoder();

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = 0;
  }

  get more() {
    return this.at < this.bytes.length;
  }

  /** A whole number of 64 bits in two's complement; exact up to 2^53. */
  int() {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[this.at++];
      if (shift < 28) low += (byte & 127) << shift;
      else high += (byte & 127) * 2 ** (shift - 28);
      if (byte < 128) return (high < 2 ** 35 ? high : high - 2 ** 36) * 2 ** 28 + low;
    }
    throw this.damaged();
  }

  float() {
    if (this.at + 4 > this.bytes.length) throw this.damaged();
    this.at += 4;
    return this.view.getFloat32(this.at - 4, true);
  }

  part() {
    const length = this.int();
    const end = this.at + length;
    if (!(length >= 0 && end <= this.bytes.length)) throw this.damaged();
    const part = this.bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }

  damaged() {
    return new FileError(
      "the model file is no ONNX: it breaks off, or is damaged",
      "restore it from Git; a pointer of LFS or DVC: `git lfs pull`, `dvc pull`",
    );
  }
}

const INT = { wire: 0, read: (reader) => reader.int() };
const REAL = { wire: 5, read: (reader) => reader.float() };
const BYTES = { wire: 2, read: (reader) => reader.part() };
const TEXT = { wire: 2, read: (reader) => decoder.decode(reader.part()) };
const message = (fields) => ({ wire: 2, read: (reader) => decode(reader.part(), fields) });
const many = (kind) => ({ ...kind, many: true });

// What is left out here no model of ours has; a name of "" is passed over.
const TENSOR = {
  1: ["shape", many(INT)], 2: ["type", INT], 4: ["floats", many(REAL)], 6: ["strings", many(TEXT)],
  7: ["ints", many(INT)], 8: ["name", TEXT], 9: ["raw", BYTES], 12: ["", BYTES],
};
const ATTRIBUTE = {
  1: ["name", TEXT], 2: ["f", REAL], 3: ["i", INT], 4: ["s", TEXT], 7: ["floats", many(REAL)],
  8: ["ints", many(INT)], 9: ["strings", many(TEXT)], 13: ["", BYTES], 20: ["type", INT],
};
const NODE = {
  1: ["inputs", many(TEXT)], 2: ["outputs", many(TEXT)], 3: ["", BYTES], 4: ["operator", TEXT],
  5: ["attributes", many(message(ATTRIBUTE))], 6: ["", BYTES], 7: ["domain", TEXT],
};
const GRAPH = {
  1: ["nodes", many(message(NODE))], 2: ["", BYTES], 5: ["constants", many(message(TENSOR))],
  10: ["", BYTES], 11: ["", BYTES], 12: ["outputs", many(message({ 1: ["name", TEXT], 2: ["", BYTES] }))],
  13: ["", BYTES],
};
const ENTRY = { 1: ["key", TEXT], 2: ["value", TEXT] };
const SET = { 1: ["domain", TEXT], 2: ["version", INT] };
const MODEL = {
  1: ["", INT], 2: ["", BYTES], 3: ["", BYTES], 4: ["", BYTES], 5: ["", INT], 6: ["", BYTES],
  7: ["graph", BYTES], 8: ["sets", many(message(SET))], 14: ["metadata", many(message(ENTRY))],
};

function decode(bytes, fields) {
  const reader = new Reader(bytes);
  const found = {};
  for (const [name, kind] of Object.values(fields)) if (kind.many) found[name] = [];
  while (reader.more) {
    const key = reader.int();
    const [name, kind] = fields[Math.floor(key / 8)] ?? [];
    if (!kind) throw new Unsupported(`the model file has parts of kind ${Math.floor(key / 8)}`);
    const packed = key % 8 === 2 && kind.wire !== 2;
    if (!packed && key % 8 !== kind.wire) throw reader.damaged();
    if (!kind.many) found[name] = kind.read(reader);
    else if (!packed) found[name].push(kind.read(reader));
    else for (const part = new Reader(reader.part()); part.more;) found[name].push(kind.read(part));
  }
  return found;
}

/** Read all but the graph: its bytes, the operator sets, and the metadata as a map. */
export function readModel(bytes) {
  const { graph, sets, metadata } = decode(bytes, MODEL);
  return { graph, sets, metadata: new Map(metadata.map(({ key, value }) => [key, value ?? ""])) };
}

/** Read nodes with their attributes, constants as tensors, and the names of the outputs. */
export function readGraph(bytes) {
  const { nodes, constants, outputs } = decode(bytes, GRAPH);
  return {
    nodes: nodes.map((node) => ({ domain: "", ...node, attributes: attributes(node) })),
    constants: new Map(constants.map((constant) => [constant.name, tensor(constant)])),
    outputs: outputs.map(({ name }) => name),
  };
}

const VALUES = {
  1: ({ f }) => f ?? 0, 2: ({ i }) => i ?? 0, 3: ({ s }) => s ?? "",
  6: ({ floats }) => floats, 7: ({ ints }) => ints, 8: ({ strings }) => strings,
};

function attributes(node) {
  return Object.fromEntries(node.attributes.map((attribute) => {
    const value = VALUES[attribute.type];
    if (!value) throw new Unsupported(`the attribute \`${attribute.name}\` is no number or text`);
    return [attribute.name, value(attribute)];
  }));
}

const DATA = {
  [FLOAT]: ({ raw, floats }) => new Float32Array(raw ? raw.slice().buffer : floats),
  [INT64]: ({ raw, ints }) =>
    raw ? Array.from(new BigInt64Array(raw.slice().buffer), Number) : ints,
  [STRING]: ({ strings }) => strings,
};

function tensor(constant) {
  const { name, type, shape } = constant;
  if (!DATA[type]) throw new Unsupported(`the constant \`${name}\` is of type ${type}`);
  return new Tensor(type, shape, DATA[type](constant));
}
