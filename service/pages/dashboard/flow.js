/** The way of a request as a diagram, with what goes through it now. */

import { asks, growth, total } from "./change.js";
import { element, fill } from "./element.js";
import { sub } from "./parts.js";
import { count, counted, latency, rate } from "./words.js";

const REFUSED = "told the field, the value and what is allowed";
const FAILED = "and say so in the log";

export function drawFlow(place, caption, exposition, latest) {
  const busy = latest?.requests > 0;
  fill(caption, busy ? "The last five seconds." : "Nothing goes through it now.");
  const steps = stepsOf(exposition, latest);
  fill(place, element("ol", { class: busy ? "flow busy" : "flow" }, steps.map((step, at) =>
    element("li", {}, ...step, at < steps.length - 1 && wire()))));
}

const wire = () => element("span", { class: "wire", "aria-hidden": "true" }, element("i"));

function stepsOf(exposition, latest) {
  const all = growth(null, exposition, "modelpress_requests_total", asks);
  const of = (first) => total(all.filter(({ labels }) => labels.status.startsWith(first)));
  const rows = total(exposition.series("modelpress_rows_total"));
  const now = (number) => (latest ? `${rate(number)}/s` : "–");
  const slowest = latest?.p95 ? `half of them; 95 % in ${latency(latest.p95)}` : "none just now";
  return [
    [step("Request", now(latest?.requests), `${count(total(all))} questions to a model`)],
    [step("Validate", now(latest && accepted(latest)), "exact types, every field"),
      aside("warn", of("4"), "refused", REFUSED)],
    [step("ONNX", now(latest?.rate), `${counted(rows, "row")} through the model`)],
    [step("Count and log", now(latest?.rate), "by model, version and class")],
    [step("Reply", latency(latest?.p50 ?? NaN), slowest), aside("bad", of("5"), "failed", FAILED)],
  ];
}

const accepted = ({ requests, asked, refused }) => (asked ? requests * (1 - refused / asked) : 0);

const step = (name, number, below) => element("div", { class: "step" },
  element("b", {}, name), element("strong", {}, number), sub(below));

const aside = (kind, number, word, below) =>
  element("div", { class: `aside ${number ? kind : ""}` },
    element("b", {}, `${count(number)} ${word}`), sub(below));
