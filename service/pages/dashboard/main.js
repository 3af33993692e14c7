/** The dashboard: looks at the service every five seconds, and draws what it sees. */

import { Ask } from "./ask.js";
import { drawBalance } from "./balance.js";
import { Catalog } from "./catalog.js";
import { Chart } from "./chart.js";
import { drawCounters } from "./counters.js";
import { element, fill } from "./element.js";
import { Exposition } from "./exposition.js";
import { drawDrift } from "./drift.js";
import { drawFlow } from "./flow.js";
import { History } from "./history.js";
import { drawModels } from "./models.js";
import { drawFigures, drawHealth, drawNotices } from "./overview.js";
import { Poll } from "./poll.js";
import { Silence, ask, hasKey, json, keep } from "./service.js";
import { clock, latency, rate } from "./words.js";

const EVERY = 5_000;

const at = (id) => document.getElementById(id);

const history = new History();
const catalog = new Catalog();
/** What was seen last: `time` of it, and since when nobody answers. */
const seen = { time: 0, opened: Date.now(), health: null, exposition: null, gone: null };

const form = new Ask(at("ask"), catalog, () => { catalog.locked = true; drawAccess(); });
const rates = new Chart(at("rate"), {
  title: "Predictions a second", written: rate, least: 1,
  lines: [{ name: "predictions a second", kind: "", of: ({ rate: value }) => value }],
});
const latencies = new Chart(at("latency"), {
  title: "Latency", written: latency, least: 0.001,
  lines: [
    { name: "p95", kind: "", of: ({ p95 }) => p95 },
    { name: "p50", kind: "second", of: ({ p50 }) => p50 },
  ],
});

const poll = new Poll(refresh, EVERY);

async function look() {
  const [health, metrics] = await Promise.all([json("health", { allowed: 503 }), ask("metrics")]);
  if (!metrics.reply.ok || !health.models) throw new Silence("it is not the service that answers");
  seen.time = Date.now();
  seen.health = health;
  seen.exposition = new Exposition(metrics.text);
  history.add(seen.time, seen.exposition);
  await catalog.follow(seen.exposition, seen.time);
}

async function refresh() {
  await attempt(look);
}

async function attempt(work) {
  try {
    await work();
    seen.gone = null;
  } catch (error) {
    if (!(error instanceof Silence)) throw error;
    seen.gone ??= { since: seen.time || seen.opened, seen: Boolean(seen.exposition) };
    history.miss(Date.now());
  }
  draw();
}

function draw() {
  const { health, exposition, gone } = seen;
  drawLive();
  drawAccess();
  drawNotices(at("notices"), { health, gone, refusal: catalog.refusal });
  if (!health) return;
  document.title = `${drawHealth(at("health"), health, gone)} · Modelpress service`;
  drawLines();
  const all = { catalog, exposition, health, history, now: seen.time, locked: catalog.locked };
  drawFigures(at("figures"), exposition, history.latest);
  drawModels(at("models"), all);
  form.draw();
  drawBalance(at("balance"), all);
  drawFlow(at("flow"), at("flow-caption"), exposition, history.latest);
  drawDrift(at("drift"), all);
  drawCounters(at("counters"), exposition, health);
}

function drawLines() {
  const { points } = history;
  const now = points.at(-1)?.time ?? seen.time;
  const first = points.length ? "" : "The first point comes in five seconds";
  const idle = points.every((one) => !one.rate);
  const untimed = points.every((one) => one.p95 === null);
  rates.draw(points, now, first || (idle ? "Nothing asked in the last minutes" : ""));
  latencies.draw(points, now, first || (untimed ? "Nothing asked in the last minutes" : ""));
}

function drawLive() {
  const word = seen.gone ? "No answer" : poll.paused ? "Paused" : "Live";
  at("live").className = seen.gone ? "gone" : poll.paused ? "" : "on";
  fill(at("live"), word);
  fill(at("seen"), seen.time ? clock(seen.time) : "");
  fill(at("pause"), poll.paused ? "Resume" : "Pause");
}

function drawAccess() {
  at("access").hidden = !catalog.locked;
  if (catalog.locked && hasKey()) fill(at("key-hint"), "The service does not take this key.");
}

function drawTools() {
  const named = { grafana: "Grafana", prometheus: "Prometheus" };
  for (const [tool, name] of Object.entries(named)) {
    const href = document.querySelector(`meta[name=modelpress-${tool}]`)?.content ?? "";
    if (!/^https?:\/\//.test(href)) continue;
    const more = { target: "_blank", rel: "noopener noreferrer" };
    at("tools").append(element("a", { href, ...more }, `${name} ↗`));
  }
}

function toggle() {
  poll.toggle();
  drawLive();
}

at("pause").addEventListener("click", toggle);
document.addEventListener("keydown", (event) => {
  // By its place on the keyboard: with Alt, some layouts write another letter.
  if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== "KeyP") return;
  event.preventDefault();
  toggle();
});
at("access").addEventListener("submit", async (event) => {
  event.preventDefault();
  keep(at("key").value.trim());
  catalog.unlock();
  if (seen.exposition) await attempt(() => catalog.follow(seen.exposition, Date.now()));
});
at("latency-legend").append(
  element("span", {}, element("i"), "95 % are answered within"),
  element("span", { class: "second" }, element("i"), "half of them"));
drawTools();
poll.run();
