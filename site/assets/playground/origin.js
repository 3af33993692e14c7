/** Which version answers, and by what: told below the model's name. */

import { element } from "./element.js";
import { milliseconds, size } from "./words.js";

const RUNTIMES = { javascript: "JavaScript evaluator", onnxruntime: "onnxruntime-web" };

export const runtimeName = ({ runtime }) => RUNTIMES[runtime] ?? runtime;

export function origin(model, card) {
  const bytes = card?.size_bytes ? size(card.size_bytes) : "";
  return element("dl", { class: "pg-origin" },
    entry("Version", element("span", { class: "pg-version" }, model.version)),
    entry("SHA-256", element("code", { title: model.sha256 }, model.sha256)),
    entry("Checked", "these bytes are the registry's"),
    entry("Runs in", `this tab, ${runtimeName(model)}`),
    bytes && entry("File", bytes),
    entry("Answered in", element("span", { class: "pg-took" }, "")));
}

const entry = (name, ...content) =>
  element("div", {}, element("dt", {}, name), element("dd", {}, ...content));

/** Say how long the last answer took. */
export function took(place, time) {
  const found = place.querySelector(".pg-took");
  if (found) found.textContent = milliseconds(time);
}
