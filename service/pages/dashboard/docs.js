/** Every endpoint with its example, to be sent from here. */

import { element } from "./element.js";
import { Silence, ask, json, keep } from "./service.js";

const at = (id) => document.getElementById(id);

function written(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text; // metrics are no JSON
  }
}

function command(path, example) {
  const url = new URL(`.${path}`, document.baseURI).href;
  const quoted = JSON.stringify(example).replaceAll("'", "'\\''");
  return `curl -H 'Content-Type: application/json' -d '${quoted}' ${url}`;
}

function field(path, example) {
  const label = `Body for ${path}`;
  const made = element("textarea",
    { class: "code", "aria-label": label, spellcheck: "false", rows: "8" });
  made.value = JSON.stringify(example, null, 1);
  return made;
}

function place(path) {
  const label = `Reply of ${path}`;
  return element("pre",
    { hidden: true, tabindex: "0", role: "region", "aria-live": "polite", "aria-label": label });
}

function endpoint(path, method, told) {
  const content = told.requestBody?.content["application/json"] ?? null;
  const body = content && field(path, content.example);
  const answer = place(path);
  const send = element("button", { type: "button", class: "main" }, "Send");
  send.addEventListener("click", async () => {
    answer.textContent = await reply(path, body?.value ?? null);
    answer.hidden = false;
  });
  return element("li", {}, element("details", {},
    element("summary", {},
      element("b", { class: method }, method.toUpperCase()),
      element("code", {}, path),
      element("span", {}, told.summary)),
    element("div", { class: "inside" },
      body, content && element("pre", {}, command(path, content.example)),
      element("div", { class: "buttons" }, send), answer)));
}

async function reply(path, body) {
  try {
    const { reply: found, text } = await ask(`.${path}`, body);
    at("access").hidden = found.status !== 401;
    if (found.status === 401) at("key").focus();
    return `${found.status}\n${written(text)}`;
  } catch (error) {
    if (!(error instanceof Silence)) throw error;
    return "The service does not answer.";
  }
}

async function draw() {
  const { paths } = await json("openapi.json");
  at("paths").replaceChildren(...Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, told]) => endpoint(path, method, told))));
}

at("access").addEventListener("submit", (event) => {
  event.preventDefault();
  keep(at("key").value.trim());
  at("access").hidden = true;
});
draw().catch(({ message }) => {
  const words = `The description cannot be had: ${message}`;
  at("paths").replaceChildren(element("li", { class: "empty" }, words));
});
