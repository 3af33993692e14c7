/** Starts the playground, also after a page change that loads no page. */

import { Playground } from "./playground.js";

/** Fill the place in, once. */
function mount() {
  const place = document.getElementById("pg");
  if (!place || place.dataset.state) return;
  place.dataset.state = "loading";
  const models = JSON.parse(place.dataset.models || "[]");
  const wanted = new URLSearchParams(location.search).get("model") ?? "";
  new Playground(place, models).start(wanted);
}

mount();
addEventListener("load", () => globalThis.document$?.subscribe(mount));
if (document.readyState === "complete") globalThis.document$?.subscribe(mount);
