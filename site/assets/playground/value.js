/** What is typed, as a value of a model. */

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** What a cell or a field says: what is no number stays as it is, for the model to refuse. */
export function valueOf(kind, text) {
  if (kind === "text") return text;
  const trimmed = text.trim();
  if (trimmed === "") return null;
  return kind === "numeric" && NUMBER.test(trimmed) ? Number(trimmed) : trimmed;
}
