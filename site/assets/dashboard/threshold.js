/** What another threshold would do to the test rows, and what it would cost. */

/**
 * What holds at a threshold. `points` are [threshold, hits, false alarms], the lowest first, as the
 * ROC curve has them: the first at or above the threshold tells what reaches it.
 */
export function outcome(points, threshold, positives, negatives) {
  const [, hits, alarms] = points.find(([at]) => at >= threshold) ?? [1, 0, 0];
  return shares({ hits, alarms, misses: positives - hits, rejected: negatives - alarms });
}

function shares(counts) {
  const { hits, alarms, misses } = counts;
  const precision = hits + alarms ? hits / (hits + alarms) : NaN;
  const recall = hits + misses ? hits / (hits + misses) : NaN;
  const f1 = (2 * hits) / (2 * hits + alarms + misses);
  return { ...counts, precision, recall, f1 };
}

/** The threshold at which false alarms and misses cost least; of equals, the lowest. */
export function cheapest(points, positives, costs) {
  const cost = ([, hits, alarms]) => alarms * costs.alarm + (positives - hits) * costs.miss;
  return points.reduce((best, point) => (cost(point) < cost(best) ? point : best))[0];
}

const written = (share) => (Number.isFinite(share) ? share.toFixed(3) : "–");

function paint(table, cells) {
  const found = table?.querySelectorAll("tbody td:not(.recall)");
  if (found?.length !== 4) return;
  cells.forEach(([count, whole], at) => {
    found[at].textContent = count;
    found[at].style.setProperty("--share", `${whole ? Math.round((100 * count) / whole) : 0}%`);
  });
  table.querySelectorAll("td.recall").forEach((cell, at) => {
    const [right, whole] = cells[at * 3];
    cell.textContent = whole ? (right / whole).toFixed(2) : "–";
  });
}

function mount(explorer) {
  const points = JSON.parse(explorer.dataset.threshold);
  const [positives, negatives] = [Number(explorer.dataset.positives), Number(explorer.dataset.negatives)];
  const range = explorer.querySelector("input[type=range]");
  const table = explorer.querySelector(".mp-matrix");
  const positiveFirst = explorer.dataset.positiveFirst === "true";
  const cursor = document.createElement("i");
  cursor.className = "cursor";
  explorer.querySelector(".mp-labels")?.append(cursor);
  const costs = () => Object.fromEntries(
    [...explorer.querySelectorAll("[data-cost]")].map((field) => [field.dataset.cost, Number(field.value)]),
  );

  function tell(at, now) {
    const { alarm, miss } = costs();
    const told = { ...now, cost: (now.alarms * alarm + now.misses * miss).toLocaleString("en") };
    explorer.querySelector("output").textContent = at.toFixed(3);
    cursor.style.left = `${at * 100}%`;
    range.setAttribute("aria-valuetext", `${at}: precision ${written(now.precision)}, recall ${written(now.recall)}`);
    for (const place of explorer.querySelectorAll("[data-figure]")) {
      const value = told[place.dataset.figure];
      place.textContent = typeof value === "number" ? written(value) : value;
    }
  }

  function update() {
    const at = Number(range.value);
    const now = outcome(points, at, positives, negatives);
    tell(at, now);
    const ofNegatives = [[now.rejected, negatives], [now.alarms, negatives]];
    const ofPositives = [[now.misses, positives], [now.hits, positives]];
    const cells = positiveFirst
      ? [...ofPositives.reverse(), ...ofNegatives.reverse()]
      : [...ofNegatives, ...ofPositives];
    paint(table, cells);
  }

  explorer.addEventListener("input", update);
  explorer.querySelector("[data-cheapest]").addEventListener("click", () => {
    range.value = cheapest(points, positives, costs());
    update();
  });
  // Until it is moved, the table counts the rows at the model's own threshold, which no point need be.
  const own = counted(table, positiveFirst);
  const current = Number(explorer.dataset.current);
  tell(current, own ?? outcome(points, current, positives, negatives));
}

/** What the table of the page says. */
function counted(table, positiveFirst) {
  const cells = [...(table?.querySelectorAll("tbody td:not(.recall)") ?? [])].map((cell) => Number(cell.textContent));
  if (cells.length !== 4) return null;
  const [rejected, alarms, misses, hits] = positiveFirst ? cells.reverse() : cells;
  return shares({ hits, alarms, misses, rejected });
}

export function mountThreshold(root) {
  root.querySelectorAll("[data-threshold]").forEach(mount);
}
