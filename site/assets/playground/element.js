/** Elements made from words. Text stays text, whatever it says: nothing is parsed as HTML here. */

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "path", "rect", "line"]);

/** Make an element; an attribute that is false or null is left out, `style` maps properties. */
export function element(name, attributes = {}, ...children) {
  const made = DRAWN.has(name)
    ? document.createElementNS(SVG, name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) set(made, key, value);
  made.append(...present(children));
  return made;
}

/** Give an element other content. */
export function fill(place, ...children) {
  place.replaceChildren(...present(children));
}

/** A button that does something. */
export function button(words, act, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, words);
  made.addEventListener("click", act);
  return made;
}

/** Words of a message, with what stands between backticks as code. */
export const coded = (text) =>
  text.split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part));

const present = (children) =>
  children.flat(2).filter((child) => child !== null && child !== false && child !== "");

function set(made, key, value) {
  if (key === "style") {
    for (const [name, setting] of Object.entries(value)) made.style.setProperty(name, setting);
  } else if (value !== false && value !== null && value !== undefined) {
    made.setAttribute(key, value === true ? "" : value);
  }
}
