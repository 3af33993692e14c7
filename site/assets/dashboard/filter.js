/** Fields that show only the rows of a table which hold every word. */

/** Whether a text holds every word of a question. */
export function holds(text, question) {
  const lowered = text.toLowerCase();
  return question.toLowerCase().split(/\s+/).every((word) => lowered.includes(word));
}

function mount(field, table) {
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  const texts = rows.map((row) => row.textContent);
  const told = field.parentElement.querySelector("[data-count]");
  field.addEventListener("input", () => {
    const question = field.value.trim();
    let shown = 0;
    rows.forEach((row, at) => {
      row.hidden = !holds(texts[at], question);
      shown += !row.hidden;
    });
    told.textContent = question ? `${shown} of ${rows.length}` : "";
  });
}

export function mountFilters(root) {
  for (const field of root.querySelectorAll("[data-filter]")) {
    const table = root.querySelector(field.dataset.filter);
    if (table) mount(field, table);
  }
}
