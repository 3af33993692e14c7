/**
 * A row that leads a model towards an answer, made from what it has been told about its inputs.
 *
 * Each single change to the typical row is tried in one batch: for a number both ends of its range,
 * for a category each that is known, for a text each word of the card's made-up texts. What helps
 * is then done together. It shows what the model looks for, and is nobody's row.
 */

import { normalizeText } from "../normalize_text.js";
import { typicalRow } from "./examples.js";

const WORDS_TRIED = 150;
const WORDS_TAKEN = 8;

/** `score` gives the number that the row is to raise, of a prediction. */
export async function rowToward(model, card, score) {
  const base = typicalRow(model);
  const changes = model.inputs.flatMap((input) =>
    candidates(input, card).map((value) => ({ input, value })));
  const rows = changes.map(({ input, value }) => ({ ...base, [input.name]: value }));
  const [usual, ...answers] = await model.predict([base, ...rows]);
  const gains = changes.map((change, at) => ({
    ...change, gain: score(answers[at]) - score(usual),
  }));
  return Object.fromEntries(model.inputs.map((input) =>
    [input.name, best(input, gains.filter((one) => one.input === input), base[input.name])]));
}

function candidates({ kind, name, range, categories }, card) {
  if (kind === "numeric") return range ?? [];
  return kind === "categorical" ? categories : words(name, card);
}

function words(name, card) {
  const texts = (card?.golden ?? []).map(({ row }) => normalizeText(row[name] ?? ""));
  return [...new Set(texts.join(" ").split(" ").filter(Boolean))].slice(0, WORDS_TRIED);
}

function best({ kind }, gains, usual) {
  const sorted = gains.filter(({ gain }) => gain > 0).sort((a, b) => b.gain - a.gain);
  if (kind !== "text") return sorted.length ? sorted[0].value : usual;
  return sorted.slice(0, WORDS_TAKEN).map(({ value }) => value).join(" ") || usual;
}
