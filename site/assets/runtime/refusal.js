/** Why a row was refused, in the words of `modelpress/encode.py`. Loaded only when one was. */

import { READERS, isRow } from "./encode.js";
import { InputError } from "./errors.js";

const LONGEST_SHOWN = 80;

const WRITE_NULL = "`null` says that a value is missing";
const WORDS = {
  numeric: (value) =>
    typeof value === "number" || typeof value === "bigint"
      ? ["is not a finite 32-bit number", WRITE_NULL]
      : ["is not a number", ""],
  categorical: () => ["is not a category", "write it as text"],
  text: () => ["is not text", ""],
};

/** Find the first row that does not fit the signature, in the order in which Python looks. */
export function refusal(signature, rows) {
  const { inputs } = signature;
  for (const [number, row] of rows.entries()) {
    const found = isRow(row)
      ? misnamed(signature, row)
      : [`\`${shown(row)}\` is no mapping from field to value`];
    if (found) return new InputError(`row ${number}: ${found[0]}`, found[1]);
  }
  for (const { name, kind } of inputs) {
    for (const [number, { [name]: value }] of rows.entries()) {
      if (READERS[kind](value) !== undefined) continue;
      const [words, hint] = WORDS[kind](value);
      return new InputError(`row ${number}: field \`${name}\`: \`${shown(value)}\` ${words}`, hint);
    }
  }
  return new InputError("a row does not fit the model's inputs");
}

function misnamed({ model, inputs }, row) {
  const names = inputs.map(({ name }) => name);
  const [unknown] = Object.keys(row).filter((name) => !names.includes(name)).sort();
  if (unknown !== undefined) {
    return [`unknown field \`${unknown}\``, `the fields of \`${model}\` are ${names.sort().join(", ")}`];
  }
  const absent = names.find((name) => !Object.hasOwn(row, name));
  return absent && [`field \`${absent}\` is absent`, `give every field; ${WRITE_NULL}`];
}

function shown(value) {
  const text = python(value);
  const characters = [...text];
  return characters.length > LONGEST_SHOWN ? `${characters.slice(0, LONGEST_SHOWN).join("")}...` : text;
}

/** Write a value as Python would; what only JavaScript has, as JavaScript does. */
function python(value, depth = 0) {
  if (depth > 100) return "a value nested too deep";
  const inner = (part) => python(part, depth + 1);
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return number(value);
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.slice(0, LONGEST_SHOWN).map(inner).join(", ")}]`;
  if (Object.getPrototypeOf(Object(value)) !== Object.prototype) return String(value);
  const pairs = Object.entries(value).slice(0, LONGEST_SHOWN);
  return `{${pairs.map(([key, part]) => `${quoted(key)}: ${inner(part)}`).join(", ")}}`;
}

/** Python has an exponent from 1e16 on and below 1e-4, and two digits in it. */
function number(value) {
  if (!Number.isFinite(value)) return String(value).replace("Infinity", "inf").replace("NaN", "nan");
  const size = Math.abs(value);
  if (Number.isInteger(value) ? size < 1e21 : size >= 1e-4) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

const ESCAPES = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

function quoted(text) {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const start = text.slice(0, 2 * LONGEST_SHOWN);
  const escaped = start.replace(/[\\\p{C}\p{Z}]|'/gu, (character) => {
    if (character === " " || (character === "'" && quote === '"')) return character;
    if (character === "'") return "\\'";
    const code = character.codePointAt(0);
    const [letter, digits] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
    return ESCAPES[character] ?? `\\${letter}${code.toString(16).padStart(digits, "0")}`;
  });
  return quote + escaped + quote;
}
