/** Delimited text, read piece by piece and written: RFC 4180, with any line end. */

/** Characters of one field; a quote that is never closed must not take all the memory. */
export const LARGEST_FIELD = 1024 * 1024;
const DELIMITERS = [",", ";", "\t"];
/** Characters that are looked at to tell the delimiter. */
const SNIFFED = 64 * 1024;

const PLAIN = 0;
const QUOTED = 1;
const CLOSED = 2;
const LOST = 3;

/**
 * Reads records `{line, cells, fault}`. A record with a fault has the cells before it; reading goes
 * on with the next line. Empty lines are none.
 */
export class CsvReader {
  #line = 1;
  #state = PLAIN;
  #cell = "";
  #isAfterReturn = false;

  /** How many characters of the piece at hand have been read. */
  position = 0;

  constructor(delimiter) {
    this.delimiter = delimiter;
    this.#begin();
  }

  #begin() {
    this.record = { line: this.#line, cells: [], fault: "" };
    this.isEmpty = true;
    this.#cell = "";
    this.#state = PLAIN;
  }

  /** The records that end in this piece of text. */
  * read(text) {
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const character = text[at];
      if (this.#isOrdinary(character)) continue;
      this.#take(text.slice(from, at));
      from = at + 1;
      const ended = this.#special(character);
      if (!ended) continue;
      this.position = at + 1;
      yield ended;
    }
    this.#take(text.slice(from));
  }

  /** The record that no line end follows. */
  * end() {
    if (this.#state === QUOTED) this.#lose(`a quote is never closed; ${this.#lost()}`);
    if (this.isEmpty) return;
    this.#finishCell();
    yield this.record;
  }

  #isOrdinary(character) {
    if (character === "\n" || character === "\r" || character === '"') return false;
    return character !== this.delimiter;
  }

  /** Take in characters that mean nothing but themselves. */
  #take(text) {
    if (!text) return;
    this.isEmpty = this.#isAfterReturn = false;
    if (this.#state === CLOSED) this.#lose(`'${this.delimiter}' expected after '"'`);
    if (this.#state === LOST) return;
    this.#cell += text;
    if (this.#cell.length <= LARGEST_FIELD) return;
    this.#lose(`a field is larger than ${LARGEST_FIELD} characters; ${this.#lost()}`);
  }

  #special(character) {
    const isSecondHalf = character === "\n" && this.#isAfterReturn;
    this.#isAfterReturn = character === "\r";
    if (character === "\n" || character === "\r") return this.#endLine(character, isSecondHalf);
    if (character === '"') this.#quote();
    else if (this.#state === QUOTED) this.#cell += character;
    else if (this.#state !== LOST) this.#finishCell();
    this.isEmpty = false;
    return null;
  }

  #endLine(character, isSecondHalf) {
    if (!isSecondHalf) this.#line += 1;
    if (this.#state === QUOTED) {
      this.#cell += character;
      return null;
    }
    if (isSecondHalf) return null;
    const { record, isEmpty } = this;
    if (!isEmpty && this.#state !== LOST) this.#finishCell();
    this.#begin();
    return isEmpty ? null : record;
  }

  #quote() {
    if (this.#state === QUOTED) this.#state = CLOSED;
    else if (this.#state === CLOSED) {
      this.#cell += '"';
      this.#state = QUOTED;
    } else if (this.#state === PLAIN && this.#cell === "") this.#state = QUOTED;
    else if (this.#state === PLAIN) this.#cell += '"';
  }

  #finishCell() {
    this.record.cells.push(this.#cell);
    this.#cell = "";
    this.#state = this.#state === LOST ? LOST : PLAIN;
  }

  #lose(fault) {
    this.record.fault = fault;
    this.#state = LOST;
  }

  #lost() {
    const { line } = this.record;
    return line === this.#line ? `line ${line} is lost` : `lines ${line} to ${this.#line} are lost`;
  }
}

/** The delimiter that finds most of the names in the first record, then most cells. */
export function delimiterOf(text, names) {
  const found = DELIMITERS.map((delimiter) => {
    const reader = new CsvReader(delimiter);
    const first = reader.read(text.slice(0, SNIFFED)).next().value ?? reader.end().next().value;
    const cells = first?.cells ?? [];
    const known = cells.filter((cell) => names.includes(cell.trim())).length;
    return { delimiter, known, cells: cells.length };
  });
  return found.sort((a, b) => b.known - a.known || b.cells - a.cells)[0].delimiter;
}

const quoted = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** One line of CSV. */
export const written = (cells) => `${cells.map((cell) => quoted(String(cell))).join(",")}\n`;
