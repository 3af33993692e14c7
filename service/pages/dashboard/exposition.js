/** Prometheus' text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */

// Labels hold anything but a raw newline or quote; a value has no space: the last `} ` ends them.
const SERIES = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/s;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/gs;
const ESCAPED = { "\\\\": "\\", '\\"': '"', "\\n": "\n" };

const NUMBERS = { "+Inf": Infinity, "-Inf": -Infinity };
const number = (text) => NUMBERS[text] ?? Number(text);

function labelsOf(text) {
  const labels = {};
  for (const [, name, value] of text.matchAll(LABEL)) {
    labels[name] = value.replace(/\\[\\"n]/g, (pair) => ESCAPED[pair]);
  }
  return labels;
}

/** What one look at /metrics has found: series by name, each with labels, value and identity. */
export class Exposition {
  #families = new Map();

  constructor(text) {
    for (const line of text.split("\n")) {
      const match = line.startsWith("#") ? null : SERIES.exec(line);
      if (match) this.#add(match[1], match[2] ?? "", number(match[3]));
    }
  }

  #add(name, key, value) {
    if (!this.#families.has(name)) this.#families.set(name, new Map());
    this.#families.get(name).set(key, { key, labels: labelsOf(key), value });
  }

  /** Every series of a name. */
  series(name) {
    return [...(this.#families.get(name)?.values() ?? [])];
  }

  /** The value of one series by its identity; undefined if there is none. */
  at(name, key) {
    return this.#families.get(name)?.get(key)?.value;
  }

  /** The value of a name without labels; undefined if there is none. */
  value(name) {
    return this.at(name, "");
  }
}
