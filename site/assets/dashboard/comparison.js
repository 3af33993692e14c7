/** Any two versions side by side, by the static registry's JSON. */

const NOTHING = "–";

/** A value with about four digits, as the pages write it. */
export function figure(value) {
  if (typeof value !== "number" || !Number.isFinite(value)) return NOTHING;
  const size = Math.abs(value);
  if (size && size < 0.001) return value.toPrecision(2);
  const places = size < 10 ? 3 : size < 1000 ? 1 : 0;
  return value.toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places });
}

const interval = ({ low, high } = {}) => (low == null || high == null ? "" : `${figure(low)} to ${figure(high)}`);
const signed = (gain) => (gain > 0 ? "+" : "") + figure(gain);

/** Rows of [name, of a, of b, difference], metrics first, then what the two were made from. */
export function comparison(a, b, titles = {}) {
  const names = [...new Set([...Object.keys(a.metrics), ...Object.keys(b.metrics)])].sort();
  const metrics = names.map((name) => {
    const [one, other] = [a.metrics[name], b.metrics[name]];
    const both = typeof one?.value === "number" && typeof other?.value === "number";
    const gain = both ? signed(other.value - one.value) : NOTHING;
    return [titles[name] ?? name, [figure(one?.value), interval(one)], [figure(other?.value), interval(other)], gain];
  });
  const facts = [
    ["made", (version) => version.created.slice(0, 10)],
    ["rows learnt from", (version) => version.made_of.rows.toLocaleString("en")],
    ["threshold", (version) => figure(version.threshold)],
    ["kB to download", (version) => String(version.gzip_kb)],
    ["code", (version) => version.made_of.code_sha256.slice(0, 12)],
    ["data", (version) => version.made_of.data_sha256.slice(0, 12)],
    ["parameters", (version) => version.made_of.params_sha256.slice(0, 12)],
    ["libraries", (version) => version.made_of.lock_sha256.slice(0, 12)],
    ["sha256", (version) => version.sha256.slice(0, 16)],
  ].map(([name, of]) => [name, [of(a), ""], [of(b), ""], of(a) === of(b) ? "same" : "differs"]);
  return [...metrics, ...facts];
}

function element(name, text = "", kind = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function table(a, b, titles) {
  const made = element("table", "", "rows");
  made.append(element("caption", `${a.version} and ${b.version}, each on the test rows of its own run`, "hide"));
  const head = made.createTHead().insertRow();
  for (const text of ["Of", a.version, b.version, "Difference"]) {
    const cell = element("th", text);
    cell.scope = "col";
    head.append(cell);
  }
  const body = made.createTBody();
  for (const [name, one, other, difference] of comparison(a, b, titles)) {
    const row = body.insertRow();
    const heading = element("th", name);
    heading.scope = "row";
    row.append(heading);
    for (const [value, between] of [one, other]) {
      const cell = element("td", value, "num");
      if (between) cell.append(element("span", between, "sub"));
      row.append(cell);
    }
    row.append(element("td", difference, difference === "same" ? "faint" : "num"));
  }
  return made;
}

function fill(select, versions, chosen) {
  select.replaceChildren(...versions.map(({ version }) => {
    const option = element("option", version);
    option.value = version;
    option.selected = version === chosen;
    return option;
  }));
}

async function read(base, model) {
  const answer = await fetch(`${base}${encodeURIComponent(model)}.json`);
  if (!answer.ok) throw new Error(`${model}.json: ${answer.status}`);
  return answer.json();
}

function mount(form, place) {
  const [model, first, second] = ["model", "a", "b"].map((name) => form.querySelector(`[data-${name}]`));
  const titles = JSON.parse(form.dataset.names);
  let versions = [];

  function show() {
    const [a, b] = [first, second].map((field) => versions.find(({ version }) => version === field.value));
    if (a && b) place.replaceChildren(table(a, b, titles));
  }

  async function choose() {
    const asked = model.value;
    try {
      const told = await read(form.dataset.compare, asked);
      if (asked !== model.value) return;
      versions = told.versions;
      const [before, last] = [versions.at(-2) ?? versions.at(-1), versions.at(-1)];
      fill(first, versions, before?.version);
      fill(second, versions, last?.version);
      show();
    } catch (fault) {
      place.replaceChildren(element("p", `The versions cannot be read: ${fault.message}`, "mp-empty"));
    }
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  model.addEventListener("change", choose);
  first.addEventListener("change", show);
  second.addEventListener("change", show);
  choose();
}

export function mountComparison(root) {
  const [form, place] = ["[data-compare]", "[data-compared]"].map((name) => root.querySelector(name));
  if (form && place) mount(form, place);
}
