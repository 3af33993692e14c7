/**
 * Baseline replacement, as `modelpress.explanation` does it for any model: what the answer is
 * without each thing that the row says.
 *
 * One batched call answers the row, the typical row, and the row again for each feature, set to its
 * typical value, and for each word of a text, removed.
 */

import { normalizeText } from "../normalize_text.js";
import { typicalRow } from "./examples.js";

/** Of all texts of a row together; the others are removed together. */
const REMOVED_WORDS = 200;
/** Of all rows of the call: a long text has fewer of its words removed one by one. */
const REMOVED_CHARACTERS = 1_000_000;
/** Characters of a normalised text; a longer one is answered and not explained. */
const LONGEST_TEXT = 20_000;

/** Predict and explain: `{prediction, baseline, found, rows}`, `found` null for a text too long. */
export async function explain(model, row) {
  const usual = typicalRow(model);
  const texts = model.inputs.filter(({ kind }) => kind === "text").map(({ name }) => name);
  const read = Object.fromEntries(texts.map((name) =>
    [name, typeof row[name] === "string" ? normalizeText(row[name]) : ""]));
  const isLong = texts.some((name) => read[name].length > LONGEST_TEXT);
  const trials = isLong ? [] : [...ofFeatures(model, row, usual), ...ofTexts(texts, read, row)];
  const answers = await model.predict([row, usual, ...trials.map(({ row: changed }) => changed)]);
  const [prediction, baseline, ...without] = answers;
  const score = scoreOf(prediction);
  const found = trials.map((trial, at) =>
    ({ ...trial, amount: score(prediction) - score(without[at]) }));
  return { prediction, baseline, found: isLong ? null : ranked(found), rows: answers.length };
}

/** What amounts are changes of: the probability of the row's label, or the value. */
export const scoreOf = ({ label }) => (answer) =>
  (label === undefined ? answer.value : answer.probabilities[label]);

function ofFeatures({ inputs }, row, usual) {
  return inputs.filter(({ kind }) => kind !== "text").map(({ name }) => ({
    field: name,
    value: row[name],
    typical: usual[name],
    row: { ...row, [name]: usual[name] },
  }));
}

const ofTexts = (texts, read, row) =>
  texts.flatMap((name) => ofWords(name, read[name], row, Math.floor(REMOVED_WORDS / texts.length)));

function ofWords(name, text, row, most) {
  if (!text) return [];
  const words = text.split(" ");
  const different = [...new Set(words)];
  const single = Math.min(most, Math.floor(REMOVED_CHARACTERS / text.length));
  const without = (gone) =>
    ({ ...row, [name]: words.filter((word) => !gone.has(word)).join(" ") });
  const trials = different.slice(0, single).map((word) =>
    ({ field: name, word, row: without(new Set([word])) }));
  const others = new Set(different.slice(single));
  if (others.size) trials.push({ field: name, others: others.size, row: without(others) });
  return trials;
}

/** The largest first, and the summed ones last. */
const ranked = (found) =>
  found.sort((a, b) => Boolean(a.others) - Boolean(b.others)
    || Math.abs(b.amount) - Math.abs(a.amount));
