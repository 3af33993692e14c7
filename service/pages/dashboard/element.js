/** Elements made from words. Text stays text, whatever it says: nothing is parsed as HTML here. */

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "path", "g"]);

/** Make an element; `style` is a mapping of properties, an attribute of `false` is left out. */
export function element(name, attributes = {}, ...children) {
  const made = DRAWN.has(name)
    ? document.createElementNS(SVG, name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) set(made, key, value);
  made.append(...children.flat().filter((child) => child !== null && child !== false));
  return made;
}

function set(made, key, value) {
  if (key === "style") {
    for (const [property, setting] of Object.entries(value)) made.style.setProperty(property, setting);
  } else if (value !== false && value !== null) {
    made.setAttribute(key, value === true ? "" : value);
  }
}

/** Give an element new content and leave in place what is the same, with focus and selection. */
export function fill(place, ...content) {
  mend(place, content.flat().filter((child) => child !== null && child !== false));
}

function mend(place, fresh) {
  const nodes = fresh.map((node) => (node instanceof Node ? node : document.createTextNode(node)));
  const old = [...place.childNodes];
  nodes.forEach((node, at) => (at < old.length ? become(old[at], node) : place.append(node)));
  old.slice(nodes.length).forEach((node) => node.remove());
}

function become(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return old.replaceWith(fresh);
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return undefined;
  }
  // A style attribute is barred by the page's policy; its properties are not.
  if (old.style.cssText !== fresh.style.cssText) old.style.cssText = fresh.style.cssText;
  for (const name of old.getAttributeNames()) if (!kept(fresh, name)) old.removeAttribute(name);
  for (const name of fresh.getAttributeNames()) {
    const value = fresh.getAttribute(name);
    if (name !== "style" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  return mend(old, [...fresh.childNodes]);
}

// What a visitor has opened stays open.
const kept = (fresh, name) => fresh.hasAttribute(name) || name === "style" || name === "open";

const SHAPES = {
  ok: "M8 0a8 8 0 100 16A8 8 0 008 0zm3.8 5.6L7 11.3 4.2 8.7l1-1.1L6.9 9.1l3.7-4.5z",
  warn: "M8 1L16 15H0zM7.2 6v5h1.6V6zm0 6v1.6h1.6V12z",
  bad: "M4.7 0h6.6L16 4.7v6.6L11.3 16H4.7L0 11.3V4.7zm.9 4.5L4.5 5.6 6.9 8l-2.4 2.4 1.1 1.1L8 9.1l2.4 2.4 1.1-1.1L9.1 8l2.4-2.4-1.1-1.1L8 6.9z",
  none: "M8 0a8 8 0 100 16A8 8 0 008 0zm0 1.5a6.5 6.5 0 110 13 6.5 6.5 0 010-13zM4.5 7.2h7v1.6h-7z",
};

/** Say how something is: by a shape, a word and a colour. `kind` is ok, warn, bad or none. */
export function state(kind, ...words) {
  const shape = element("path", { d: SHAPES[kind], "fill-rule": "evenodd" });
  const icon = element("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, shape);
  return element("span", { class: `state ${kind}` }, icon, ...words);
}

/** Draw a share from 0 to 1, with a mark where `mark` is. */
export function bar(share, { kind = "", mark = null } = {}) {
  const width = `${(100 * Math.min(Math.max(share, 0), 1)).toFixed(2)}%`;
  const filled = element("i", { class: share > 0 ? "" : "nothing", style: { width } });
  const marked = mark !== null && element("b", { style: { left: `${(100 * mark).toFixed(2)}%` } });
  return element("span", { class: `bar ${kind}`, "aria-hidden": "true" }, filled, marked);
}

/**
 * A table: `columns` are words, or `[word, class]`; rows are lists of cells, the first a heading.
 * The roles outlive a style sheet that lays the table out as something else.
 */
export function table(columns, rows, { kind = "", title = "" } = {}) {
  const names = columns.map((column) => [column].flat());
  const head = names.map(([word, style = null]) =>
    element("th", { scope: "col", role: "columnheader", class: style }, word));
  const body = rows.map((cells) =>
    element("tr", { role: "row" }, cells.map((cell, at) => (at
      ? element("td", { role: "cell", class: names[at][1] ?? null }, ...[cell].flat())
      : element("th", { role: "rowheader", scope: "row" }, ...[cell].flat())))));
  return element("table", { role: "table", class: kind },
    title && element("caption", {}, title),
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...head)),
    element("tbody", { role: "rowgroup" }, ...body));
}
