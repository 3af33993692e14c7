/** The way of a request as a diagram, with what goes through it now. */

import { asks, growth, total } from "./change.js";
import { element, fill } from "./element.js";
import { count, counted, latency, rate } from "./words.js";

export function drawFlow(place, caption, exposition, latest) {
  const all = growth(null, exposition, "modelpress_requests_total", asks);
  const of = (first) => total(all.filter(({ labels }) => labels.status.startsWith(first)));
  const rows = total(exposition.series("modelpress_rows_total"));
  const now = (number) => (latest ? `${rate(number)}/s` : "–");
  const steps = [
    step("Request", now(latest?.requests), `${count(total(all))} questions to a model`),
    step("Validate", now(latest ? accepted(latest) : 0), "exact types, every field, no surprise",
      aside("warn", of("4"), "refused", "told the field, the value and what is allowed")),
    step("ONNX", now(latest?.rate), `${counted(rows, "row")} through the model`),
    step("Count and log", now(latest?.rate), "labels and scores, never a row"),
    step("Reply", latency(latest?.p50 ?? NaN), latest?.p95 ? `half of them; 95 % in ${latency(latest.p95)}` : "none in the last seconds",
      aside("bad", of("5"), "failed", "and say so in the log")),
  ];
  const busy = latest?.requests > 0;
  fill(caption, busy ? "The last five seconds." : "Nothing goes through it now.");
  fill(place, element("ol", { class: busy ? "flow busy" : "flow" }, steps.map(([box, beside], at) => element("li", {},
    box, beside, at < steps.length - 1 && element("span", { class: "wire", "aria-hidden": "true" }, element("i"))))));
}

const accepted = ({ requests, asked, refused }) => (asked ? requests * (1 - refused / asked) : 0);

const step = (name, number, below, beside = null) => [
  element("div", { class: "step" }, element("b", {}, name), element("strong", {}, number), element("span", { class: "sub" }, below)),
  beside,
];

const aside = (kind, number, word, below) => element("div", { class: `aside ${number ? kind : ""}` },
  element("b", {}, `${count(number)} ${word}`), element("span", { class: "sub" }, below));
