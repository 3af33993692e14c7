/** From the cells of a file to the rows of a model. */

import { valueOf } from "./value.js";

const ROW_ID = "row_id";
const LARGEST_FLOAT32 = 3.4028234663852886e38;

/** The file as a whole cannot be scored. */
export class TableError extends Error {
  constructor(message, hint = "") {
    super(message);
    this.name = "TableError";
    this.hint = hint;
  }
}

export class Columns {
  /** Throws a TableError if a column is absent or twice there. */
  constructor(header, inputs) {
    const names = header.map((name) => name.trim());
    this.width = names.length;
    this.inputs = inputs.map((input) => ({ ...input, at: only(names, input.name) }));
    const absent = this.inputs.filter(({ at }) => at < 0).map(({ name }) => `\`${name}\``);
    if (absent.length) {
      throw new TableError(`there is no column ${absent.join(", ")}`,
        `the first line names ${names.map((name) => `\`${name}\``).join(", ")}`);
    }
    this.id = names.indexOf(ROW_ID);
    const used = new Set([this.id, ...this.inputs.map(({ at }) => at)]);
    this.ignored = names.filter((_, at) => !used.has(at));
  }

  /** Why no row can be made of a record; empty if one can. */
  fault({ cells, fault }) {
    if (fault) return fault;
    if (cells.length !== this.width) {
      return `${cells.length} ${cells.length === 1 ? "field" : "fields"}, the header has ${this.width}`;
    }
    // What stands for bytes that are no character of the file's encoding.
    return cells.some((cell) => cell.includes("\ufffd")) ? "not UTF-8" : "";
  }

  /** A row as the model takes it; `isOdd` if the model may refuse it. */
  row({ cells }) {
    let isOdd = false;
    const row = {};
    for (const { name, kind, at } of this.inputs) {
      const cell = cells[at];
      const value = kind === "numeric" ? valueOf(kind, cell) : cell === "" ? null : cell;
      isOdd ||= kind === "numeric" ? !isFloat(value) : kind === "categorical" && cell.includes("\0");
      row[name] = value;
    }
    return { row, isOdd };
  }

  /** The row's own id, or its number as `modelpress score` writes it. */
  idOf({ cells }, number) {
    return this.id >= 0 && cells[this.id] !== undefined
      ? cells[this.id] : `r${String(number).padStart(6, "0")}`;
  }
}

const isFloat = (value) =>
  value === null || (typeof value === "number" && Math.abs(value) <= LARGEST_FLOAT32);

function only(names, name) {
  const at = names.indexOf(name);
  if (at !== names.lastIndexOf(name)) throw new TableError(`the column \`${name}\` is there twice`);
  return at;
}
