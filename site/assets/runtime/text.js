/** Operators that cut texts into tokens, and count terms. */

import { Sparse } from "./elementwise.js";
import { FileError, Unsupported } from "./errors.js";
import { STRING, Tensor, volume } from "./tensors.js";

export const TOKENS = { Tokenizer: tokenizer };

export const TERMS = { TfIdfVectorizer: counter };

function tokenizer({ mark, mincharnum, pad_value: pad, separators }) {
  const [separator] = separators;
  if (mark || mincharnum !== 1 || separators.length !== 1 || (separator && separator !== " ")) {
    throw new Unsupported("the operator `Tokenizer` but for single spaces or characters");
  }
  // By code points, not by halves of them.
  const split = separator ? (text) => text.split(" ").filter(Boolean) : (text) => [...text];
  return ({ shape, data }) => {
    const rows = data.map(split);
    const longest = rows.reduce((most, tokens) => Math.max(most, tokens.length), 0);
    const result = new Tensor(STRING, [...shape, longest]);
    result.data.fill(pad);
    rows.forEach((tokens, row) =>
      tokens.forEach((token, k) => { result.data[row * longest + k] = token; }));
    return result;
  };
}

function counter(attributes) {
  const { mode, min_gram_length: shortest, max_gram_length: longest } = attributes;
  const { max_skip_count: skips, ngram_indexes: indexes } = attributes;
  if (mode !== "TF") throw new Unsupported(`the operator \`TfIdfVectorizer\` in mode ${mode}`);
  const root = grow(attributes);
  const width = indexes.reduce((most, index) => Math.max(most, index), 0) + 1;
  volume([width]);

  // A term's tokens lie `distance` apart; terms of one token are counted once.
  function count(tokens, start, end) {
    const places = new Map();
    const columns = [];
    const counts = [];
    // Farther apart than the text is long, there are no terms.
    for (let distance = 1; distance <= Math.min(skips + 1, end - start); distance++) {
      const least = distance === 1 ? shortest : Math.max(shortest, 2);
      for (let first = start; first < end; first++) {
        let term = root;
        for (let n = 1, at = first; n <= longest && at < end; n++, at += distance) {
          term = term.longer?.get(tokens[at]);
          if (!term) break;
          const { column } = term;
          if (n < least || column < 0) continue;
          if (!places.has(column)) {
            places.set(column, columns.push(column) - 1);
            counts.push(0);
          }
          counts[places.get(column)]++;
        }
      }
    }
    return { columns, values: new Float32Array(counts) };
  }

  return ({ shape, data }) => {
    const [rows, length] = shape.length === 1 ? [1, shape[0]] : shape;
    const found = Array.from({ length: rows }, (_, row) =>
      count(data, row * length, (row + 1) * length));
    const parts = ["columns", "values"].map((part) => found.map((row) => row[part]));
    const table = new Sparse([rows, width], ...parts);
    return shape.length === 1 ? new Tensor(table.type, [width], table.data) : table;
  };
}

/** Lay the terms out as a tree: from token to token, with the column where a term ends. */
function grow({ ngram_counts: starts, ngram_indexes: indexes, pool_strings: words, pool_int64s }) {
  const pool = words ?? pool_int64s;
  const root = {};
  let term = 0;
  starts.forEach((start, shorter) => {
    const end = starts[shorter + 1] ?? pool.length;
    if (!(start >= 0 && start <= end && end <= pool.length)) throw new FileError("terms out of bounds");
    for (let at = start; at < end; term++) {
      let place = root;
      for (const last = at + shorter + 1; at < last; at++) {
        place.longer ??= new Map();
        if (!place.longer.has(pool[at])) place.longer.set(pool[at], { column: -1 });
        place = place.longer.get(pool[at]);
      }
      place.column = indexes[term];
    }
  });
  return root;
}
