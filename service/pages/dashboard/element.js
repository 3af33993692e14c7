/** Elements made from words. Text stays text, whatever it says: nothing is parsed as HTML here. */

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "path", "g"]);

/** Make an element; `style` is a mapping of properties, an attribute of `false` is left out. */
export function element(name, attributes = {}, ...children) {
  const made = DRAWN.has(name)
    ? document.createElementNS(SVG, name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) set(made, key, value);
  made.append(...content(children));
  return made;
}

/** What is really there: a condition that does not hold leaves nothing. */
const content = (children) =>
  children.flat().filter((child) => child !== null && child !== false && child !== "");

function set(made, key, value) {
  if (key === "style") {
    for (const [name, setting] of Object.entries(value)) made.style.setProperty(name, setting);
  } else if (value !== false && value !== null) {
    made.setAttribute(key, value === true ? "" : value);
  }
}

/** Give an element new content and leave in place what is the same, with focus and selection. */
export function fill(place, ...children) {
  mend(place, content(children));
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
