/** What the page shows when there is nothing to try. */

import { button, coded, element } from "./element.js";

export const loading = (words) =>
  element("p", { class: "pg-loading", role: "status" }, element("span", { class: "pg-pulse" }), words);

/** A box that says what is wrong; `again` is called by its button. */
export function trouble(title, words, again = null) {
  return element("div", { class: "pg-trouble", role: "alert" },
    element("strong", {}, title),
    words.filter(Boolean).map((line) => element("p", {}, coded(line))),
    again && button("Try again", again));
}

export const nothing = () => element("div", { class: "pg-trouble pg-calm" },
  element("strong", {}, "No model is published yet"),
  element("p", {}, "A model appears here when one of its versions is in production. ",
    element("code", {}, "modelpress run --register"), " makes a first version."));

/** An error in the words that it brought along. */
export function failed(error, again) {
  const title = error.name === "FileError" ? "The model was not run" : "The model did not load";
  return trouble(title, [error.message, error.hint ?? ""], again);
}
