/** The first lines of the page: whether all is well, what is not, and four figures. */

import { asks, growth, quantile, total } from "./change.js";
import { element, fill } from "./element.js";
import { faint, state } from "./parts.js";
import { clock, count, counted, latency, mebibytes, percent, rate, span, unit } from "./words.js";

const STATES = {
  ready: ["ok", "Ready"],
  draining: ["warn", "Draining: it finishes what it has begun, and takes nothing new"],
  "not ready": ["bad", "Not ready"],
};
const EMPTY = "Register one, or say with --root or --from where they are. "
  + "The page shows it as soon as it is there.";
const IDLE = "nothing asked yet";

/** Say how the service is, or was; returns the word for the title of the window. */
export function drawHealth(place, health, gone) {
  const [kind, word] = wellbeing(health, gone);
  const models = Object.values(health.models);
  const live = models.filter(({ ready }) => ready).length;
  const has = models.length
    ? `${count(live)} of ${counted(models.length, "model")} in production.`
    : "There is no model.";
  const up = faint(`Up ${span(health.uptime_seconds)}.`);
  fill(place, state(kind, word), " · ", element("span", {}, has), " ", up);
  return word.split(":")[0];
}

function wellbeing(health, gone) {
  if (gone) return ["none", "No answer"];
  const [kind, word] = STATES[health.status] ?? ["bad", health.status];
  const faulty = Object.values(health.models).some(({ fault }) => fault);
  return [kind === "ok" && faulty ? "warn" : kind, word];
}

/** Say what is wrong, in the service's own words. */
export function drawNotices(place, { health, gone, refusal }) {
  const models = Object.entries(health?.models ?? {});
  fill(place,
    gone && notice("bad", "No answer", lost(gone)),
    refusal && notice("warn", refusal.title, both(refusal.message, refusal.hint)),
    models.filter(([, { fault }]) => fault).map(([name, told]) =>
      notice(told.ready ? "warn" : "bad", name, broken(told))),
    health && !models.length && notice("warn", "No model", EMPTY));
}

const both = (message, hint) => (hint ? `${message}: ${hint}` : message);

const broken = ({ fault, ready, version }) =>
  `${fault}. ${ready ? `${version} still answers.` : "It does not answer."}`;

function lost({ since, seen }) {
  const values = seen ? "What stands here are its last values." : "Nothing is known of it yet.";
  return `The service has not answered since ${clock(since)}. ${values} The page goes on asking.`;
}

const notice = (kind, title, words) =>
  element("div", { class: `notice ${kind}` }, state(kind, title), element("p", {}, words));

/** The four figures. */
export function drawFigures(place, exposition, latest) {
  const requests = growth(null, exposition, "modelpress_requests_total", asks);
  const buckets = growth(null, exposition, "modelpress_request_seconds_bucket", asks);
  fill(place,
    predictions(exposition, latest),
    speed(latest, buckets),
    unanswered(requests),
    costs(exposition, latest));
}

const block = (title, value, small, below) => element("div", {},
  element("dt", {}, title),
  element("dd", {}, value, " ", element("small", {}, small)),
  element("dd", { class: "sub" }, below));

function predictions(exposition, latest) {
  const rows = total(exposition.series("modelpress_rows_total"));
  const below = rows ? `${counted(rows, "row")} since the start` : IDLE;
  return block("Predictions", latest ? rate(latest.rate) : "–", "a second", below);
}

function speed(latest, buckets) {
  const [p50, p95] = [0.5, 0.95].map((share) => quantile(share, buckets));
  if (!Number.isFinite(p95)) return block("Latency", "–", "", IDLE);
  const [value, name] = unit(latest?.p95 ?? p95);
  const below = `since the start ${latency(p50)} p50, ${latency(p95)} p95`;
  return block("Latency", value, `${name} p95`, below);
}

function unanswered(requests) {
  const of = (first) => total(requests.filter(({ labels }) => labels.status.startsWith(first)));
  const asked = total(requests);
  if (!asked) return block("Not answered", "–", "", IDLE);
  const below = `${count(of("4"))} refused, ${count(of("5"))} failed of ${count(asked)}`;
  return block("Not answered", percent((of("4") + of("5")) / asked), "", below);
}

function costs(exposition, latest) {
  const memory = exposition.value("process_resident_memory_bytes");
  const below = latest ? `${percent(latest.cpu)} of a core` : "its share of a core comes next";
  // The process tells its memory on Linux alone.
  if (memory === undefined) return block("Memory", "–", "", below);
  return block("Memory", mebibytes(memory), "MiB", below);
}
