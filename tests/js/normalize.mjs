/**
 * Answers with normalised texts, or with their digest.
 *
 * `{texts}` asks for each text; `{from, to}` for the texts that the code points in between make:
 * each alone, and each in the middle and at the end of words.
 */

import { createHash } from "node:crypto";

import { normalizeText } from "../../site/assets/normalize_text.js";
import { answerLines } from "./lines.mjs";

function* codePointTexts(from, to) {
  for (let code = from; code < to; code++) {
    const character = String.fromCodePoint(code);
    yield character;
    yield `a${character}b é${character}`;
  }
}

const digest = (texts) => createHash("sha256").update(texts.join("\n"), "utf8").digest("hex");

await answerLines(({ texts, from, to }) =>
  texts ? texts.map(normalizeText) : digest([...codePointTexts(from, to)].map(normalizeText)),
);
