/** Examples to begin with. All of them are made up: no row that a model has learned from is here. */

/** The typical row: medians and most frequent categories; a text is empty. */
export const typicalRow = ({ inputs }) =>
  Object.fromEntries(inputs.map(({ name, kind, typical }) =>
    [name, kind === "text" || typical === "" ? null : typical]));

/**
 * The rows of the card that were drawn at random when the model was exported, those without gaps
 * first; the card begins with the typical row and one without any value.
 */
export function goldenRows(card) {
  const drawn = (card?.golden ?? []).slice(2);
  return [...drawn.filter(isComplete), ...drawn.filter((one) => !isComplete(one))];
}

// What training has not seen is a test of the model more than an example of its use.
const isComplete = ({ row }) =>
  Object.values(row).every((value) => value !== null && value !== "never seen");

/** The row that the page opens with: made up, and with a telling answer. */
export function firstRow(model, card) {
  const rows = goldenRows(card);
  const complete = rows.filter(isComplete);
  const [best] = [...(complete.length ? complete : rows)]
    .sort((a, b) => telling(model, b) - telling(model, a));
  return best ? best.row : typicalRow(model);
}

function telling({ positive }, { probabilities, value }) {
  if (!probabilities) return value ?? 0;
  return positive ? probabilities[positive] : Math.max(...Object.values(probabilities));
}
