/** /metrics, parsed: requests by status, refusals by type, loads, the process. */

import { by, quantile, total } from "./change.js";
import { element, fill, table } from "./element.js";
import { count, latency, mebibytes, span } from "./words.js";

export function drawCounters(place, exposition, health) {
  fill(place,
    element("div", {}, requests(exposition)),
    element("div", {}, refusals(exposition), loads(exposition), costs(exposition, health)));
}

function requests(exposition) {
  const series = exposition.series("modelpress_requests_total");
  const routes = [...by("route", series)].sort(([, a], [, b]) => b - a);
  const buckets = exposition.series("modelpress_request_seconds_bucket");
  const rows = routes.map(([route]) => [
    element("code", {}, route),
    [element("span", { class: "statuses" }, statuses(series.filter(({ labels }) => labels.route === route)))],
    latency(quantile(0.95, buckets.filter(({ labels }) => labels.route === route))),
  ]);
  return table(["Route", "Status: requests", ["p95", "number"]], rows, { kind: "tight", title: `Requests: ${count(total(series))}` });
}

const KINDS = { 4: "warn", 5: "bad" };

const statuses = (series) => [...by("status", series)].sort().map(([status, number]) =>
  element("span", { class: KINDS[status[0]] ?? "" }, `${status}: ${count(number)}`));

function refusals(exposition) {
  const rows = exposition.series("modelpress_errors_total").sort((a, b) => b.value - a.value)
    .map(({ labels, value }) => [labels.type.replaceAll("_", " "), count(value)]);
  return table(["Type", ["Refusals", "number"]], rows.length ? rows : [["none", "0"]], { kind: "tight", title: "Errors" });
}

function loads(exposition) {
  const series = exposition.series("modelpress_model_loads_total");
  const models = [...by("model", series).keys()];
  const of = (name, result) => count(total(series.filter(({ labels }) => labels.model === name && labels.result === result)));
  return models.length > 0 && table(["Model", ["Loaded", "number"], ["Refused", "number"]],
    models.map((name) => [name, of(name, "loaded"), of(name, "refused")]), { kind: "tight", title: "Versions" });
}

function costs(exposition, { resources, uptime_seconds: up }) {
  const memory = exposition.value("process_resident_memory_bytes");
  const rows = [
    ["Up", span(up)],
    memory !== undefined && ["Memory", `${mebibytes(memory)} MiB`],
    ["Largest memory", `${mebibytes(resources.largest_resident_bytes)} MiB`],
    ["CPU time", span(resources.cpu_seconds)],
    ["Threads", count(resources.threads)],
    ["Load of the machine", resources.load.join(" · ")],
    ["Process", String(resources.pid)],
  ];
  return table(["What", ["Value", "number"]], rows.filter(Boolean), { kind: "tight", title: "Process" });
}
