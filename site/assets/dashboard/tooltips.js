/** Pointing at a chart tells the nearest row of the table behind it. */

function element(kind) {
  const made = document.createElement("i");
  made.className = kind;
  return made;
}

/** The rows of a chart's table that have a place in the picture, in percent. */
function readRows(figure) {
  const heads = [...figure.querySelectorAll("thead th")].map((cell) => cell.textContent);
  return [...figure.querySelectorAll("tbody tr[data-x]")].map((row) => ({
    x: Number(row.dataset.x),
    y: row.dataset.y === undefined ? null : Number(row.dataset.y),
    text: [...row.cells].map((cell, at) => `${heads[at]}  ${cell.textContent}`).join("\n"),
  }));
}

/** The row that is nearest; along both ways if two are, so that curves can be followed. */
export function nearest(rows, x, y) {
  const distance = (row) => Math.abs(row.x - x) + (row.y === null ? 0 : Math.abs(row.y - y) / 50);
  return rows.reduce((best, row) => (distance(row) < distance(best) ? row : best));
}

function show(plot, marks, row) {
  const [cursor, dot, tip] = marks;
  for (const mark of marks) mark.style.left = `${row.x}%`;
  dot.style.top = `${row.y ?? 0}%`;
  dot.hidden = row.y === null;
  tip.textContent = row.text;
  tip.style.top = (row.y ?? 50) > 50 ? "4px" : "auto";
  tip.style.bottom = (row.y ?? 50) > 50 ? "auto" : "4px";
  tip.style.transform = row.x > 50 ? "translateX(calc(-100% - 10px))" : "translateX(10px)";
  plot.querySelector(".mp-labels").append(...marks);
}

function mount(plot) {
  const rows = readRows(plot.closest("figure"));
  if (!rows.length) return;
  const marks = ["cursor", "at", "tip"].map(element);
  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    const x = (100 * (event.clientX - box.left)) / box.width;
    const y = (100 * (event.clientY - box.top)) / box.height;
    show(plot, marks, nearest(rows, x, y));
  });
  plot.addEventListener("pointerleave", () => marks.forEach((mark) => mark.remove()));
}

export function mountTooltips(root) {
  root.querySelectorAll("[data-tips]").forEach(mount);
}
