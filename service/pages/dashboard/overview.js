/** The first lines of the page: whether all is well, what is not, and four figures. */

import { element, fill, state } from "./element.js";
import { asks, growth, quantile, total } from "./change.js";
import { clock, count, counted, latency, mebibytes, percent, rate, span, unit } from "./words.js";

const STATES = {
  ready: ["ok", "Ready"],
  draining: ["warn", "Draining: it finishes what it has begun, and takes nothing new"],
  "not ready": ["bad", "Not ready"],
};

/** Say how the service is, or was; returns the word for the title of the window. */
export function drawHealth(place, health, gone) {
  const [kind, word] = wellbeing(health, gone);
  const models = Object.values(health.models);
  const live = models.filter(({ ready }) => ready).length;
  const resting = models.length ? `${count(live)} of ${counted(models.length, "model")} in production.` : "There is no model.";
  fill(place, state(kind, word), " · ", element("span", {}, resting), " ",
    element("span", { class: "faint" }, `Up ${span(health.uptime_seconds)}.`));
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
  const faults = Object.entries(health?.models ?? {}).filter(([, { fault }]) => fault);
  fill(place,
    gone && notice("bad", "No answer", lost(gone)),
    refusal && notice("warn", refusal.title, [refusal.message, refusal.hint].filter(Boolean).join(": ")),
    faults.map(([name, told]) => notice(told.ready ? "warn" : "bad", name,
      `${told.fault}. ${told.ready ? `${told.version} still answers.` : "It does not answer."}`)),
    health && !Object.keys(health.models).length && notice("warn", "No model",
      "Register one, or say with --root or --from where they are. The page shows it as soon as it is there."));
}

const lost = ({ since, seen }) =>
  `The service has not answered since ${clock(since)}. ${seen ? "What stands here are its last values." : "Nothing is known of it yet."} The page goes on asking.`;

const notice = (kind, title, words) =>
  element("div", { class: `notice ${kind}` }, state(kind, title), element("p", {}, words));

/** The four figures. */
export function drawFigures(place, exposition, latest) {
  const all = growth(null, exposition, "modelpress_requests_total", asks);
  const buckets = growth(null, exposition, "modelpress_request_seconds_bucket", asks);
  fill(place,
    predictions(exposition, latest), speed(latest, buckets), faults(all), costs(exposition, latest));
}

const block = (title, value, small, below) =>
  element("div", {}, element("dt", {}, title),
    element("dd", {}, value, " ", element("small", {}, small)), element("dd", { class: "sub" }, below));

function predictions(exposition, latest) {
  const rows = total(exposition.series("modelpress_rows_total"));
  const now = latest ? rate(latest.rate) : "–";
  return block("Predictions", now, "a second", rows ? `${counted(rows, "row")} since the start` : "nothing asked yet");
}

function speed(latest, buckets) {
  const [p50, p95] = [0.5, 0.95].map((share) => quantile(share, buckets));
  const now = latest?.p95 ?? p95;
  const [value, name] = Number.isFinite(now) ? unit(now) : ["–", ""];
  const below = Number.isFinite(p95) ? `since the start ${latency(p50)} p50, ${latency(p95)} p95` : "nothing asked yet";
  return block("Latency", value, name && `${name} p95`, below);
}

function faults(all) {
  const of = (first) => total(all.filter(({ labels }) => labels.status.startsWith(first)));
  const asked = total(all);
  const share = asked ? (of("4") + of("5")) / asked : NaN;
  const below = asked ? `${count(of("4"))} refused, ${count(of("5"))} failed of ${count(asked)}` : "nothing asked yet";
  return block("Not answered", asked ? percent(share) : "–", "", below);
}

function costs(exposition, latest) {
  const memory = exposition.value("process_resident_memory_bytes");
  return block("Memory", memory === undefined ? "–" : mebibytes(memory), memory === undefined ? "" : "MiB", latest ? `${percent(latest.cpu)} of a core` : "its share of a core comes next");
}
