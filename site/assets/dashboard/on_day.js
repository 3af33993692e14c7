/** What was in production on a day, of every model at once. */

/** The version at the end of a day, in UTC; `terms` are [moment, version], the oldest first. */
export function versionOn(terms, day) {
  const end = Date.parse(`${day}T23:59:59.999Z`);
  return terms.findLast(([since]) => Date.parse(since) <= end)?.[1] ?? "";
}

export function mountDayQuery(root) {
  const field = root.querySelector("[data-on-day]");
  if (!field) return;
  const told = root.querySelector("[data-told]");
  const rows = [...root.querySelectorAll("[data-terms]")].map((row) => ({
    terms: JSON.parse(row.dataset.terms),
    cell: row.querySelector("[data-then]"),
    now: row.querySelector("[data-then]").textContent,
  }));
  field.addEventListener("input", () => {
    let live = 0;
    for (const { terms, cell, now } of rows) {
      const version = field.value ? versionOn(terms, field.value) : now;
      cell.textContent = version || "nothing";
      live += Boolean(version);
    }
    told.textContent = field.value ? `${live} of ${rows.length} models were in production` : "";
  });
}
