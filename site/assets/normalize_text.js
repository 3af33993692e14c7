/**
 * Text as every model of the house sees it: the browser's half of `modelpress/text.py`, which
 * holds the definition and the reasons. A test proves the two equal on every code point.
 */

export const NORMALIZER = "modelpress-text-1";

export const MAX_TOKENS = 2000;

const SETTLED = [
  [0x0000, 0x086f], [0x08a0, 0x1aaf], [0x1b00, 0xa7ca], [0xac00, 0xffff], [0x1d400, 0x1d7ff],
];

const LETTERS = [
  [0x0030, 0x0039], [0x0061, 0x007a], [0x00df, 0x00f6], [0x00f8, 0x024f], [0x0250, 0x02af],
  [0x0370, 0x0373], [0x0377, 0x0377], [0x037b, 0x037d], [0x03ac, 0x03ff], [0x0400, 0x0481],
  [0x048a, 0x052f], [0x0561, 0x0587], [0x05d0, 0x05ea], [0x0620, 0x064a], [0x0660, 0x0669],
  [0x066e, 0x06d3], [0x0900, 0x0963], [0x0966, 0x096f], [0x0e01, 0x0e3a], [0x0e40, 0x0e59],
  [0x10d0, 0x10ff], [0x3041, 0x3096], [0x30a1, 0x30fa], [0x30fc, 0x30fc], [0x3400, 0x4dbf],
  [0x4e00, 0x9fff], [0xac00, 0xd7a3],
];

const CURRENCIES = "$£¥€₹";

const escaped = (codePoint) => `\\u{${codePoint.toString(16)}}`;
const ranges = (pairs) => pairs.map((pair) => pair.map(escaped).join("-")).join("");

const UNSETTLED = new RegExp(`[^${ranges(SETTLED)}]`, "gu");
const MARKS = /[\u0300-\u036f]+/gu;
const TOKEN = new RegExp(`[${CURRENCIES}]|[${ranges(LETTERS)}]+`, "gu");

/** Turn any text into tokens separated by single spaces. */
export function normalizeText(text) {
  const folded = text.replace(UNSETTLED, " ").normalize("NFKD").replace(MARKS, "");
  const lowered = folded.toLowerCase().normalize("NFC").replaceAll("ς", "σ");
  return (lowered.match(TOKEN) ?? []).slice(0, MAX_TOKENS).join(" ");
}
