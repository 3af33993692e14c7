/** /metrics, parsed: requests by status, refusals by type, loads, the process. */

import { by, quantile, total } from "./change.js";
import { element, fill } from "./element.js";
import { table } from "./parts.js";
import { count, latency, mebibytes, span } from "./words.js";

export function drawCounters(place, exposition, health) {
  fill(place,
    element("div", {}, requests(exposition)),
    element("div", {}, refusals(exposition), loads(exposition), costs(exposition, health)));
}

const numbered = (columns, rows, title) => table(columns, rows, { kind: "tight", title });

function requests(exposition) {
  const series = exposition.series("modelpress_requests_total");
  const routes = [...by("route", series)].sort(([, a], [, b]) => b - a);
  const buckets = exposition.series("modelpress_request_seconds_bucket");
  const rows = routes.map(([route]) => {
    const ours = ({ labels }) => labels.route === route;
    return [
      element("code", {}, route),
      element("span", { class: "statuses" }, statuses(series.filter(ours))),
      latency(quantile(0.95, buckets.filter(ours))),
    ];
  });
  const columns = ["Route", "Status: requests", ["p95", "number"]];
  return numbered(columns, rows, `Requests: ${count(total(series))}`);
}

const KINDS = { 4: "warn", 5: "bad" };

const statuses = (series) => [...by("status", series)].sort().map(([status, number]) =>
  element("span", { class: KINDS[status[0]] ?? null }, `${status}: ${count(number)}`));

function refusals(exposition) {
  const rows = exposition.series("modelpress_errors_total").sort((a, b) => b.value - a.value)
    .map(({ labels, value }) => [labels.type.replaceAll("_", " "), count(value)]);
  return numbered(["Type", ["Refusals", "number"]], rows.length ? rows : [["none", "0"]], "Errors");
}

function loads(exposition) {
  const series = exposition.series("modelpress_model_loads_total");
  const of = (name, result) => count(total(series.filter(({ labels }) =>
    labels.model === name && labels.result === result)));
  const rows = [...by("model", series).keys()].map((name) =>
    [name, of(name, "loaded"), of(name, "refused")]);
  const columns = ["Model", ["Loaded", "number"], ["Refused", "number"]];
  return rows.length > 0 && numbered(columns, rows, "Versions");
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
  return numbered(["What", ["Value", "number"]], rows.filter(Boolean), "Process");
}
