/** The last minutes, as points: each is what has happened between two looks at /metrics. */

import { asks, by, growth, quantile, total } from "./change.js";

export const WINDOW = 300_000;
const POINTS_AT_MOST = 600;

const STARTED = "process_start_time_seconds";

export class History {
  points = [];
  #last = null;

  /** Take a look of `time` (in milliseconds). */
  add(time, exposition) {
    const last = this.#last;
    this.#last = { time, exposition };
    if (!last) return;
    const seconds = (time - last.time) / 1000;
    if (seconds <= 0) return;
    const same = exposition.value(STARTED) === last.exposition.value(STARTED);
    if (!same && exposition.value("modelpress_uptime_seconds") > seconds) {
      // Another worker has answered this time: its counters and those of before do not compare.
      this.#keep(gap(time));
      return;
    }
    this.#keep(point(time, seconds, same ? last.exposition : null, exposition));
  }

  /** Note that the service has not answered. */
  miss(time) {
    if (this.points.length && this.points.at(-1).rate !== null) this.#keep(gap(time));
  }

  /** The newest point that is none of a gap. */
  get latest() {
    return this.points.findLast((one) => one.rate !== null);
  }

  #keep(one) {
    const oldest = one.time - 2 * WINDOW;
    this.points = [...this.points.filter((old) => old.time > oldest), one].slice(-POINTS_AT_MOST);
  }
}

const gap = (time) => ({ time, rate: null, models: new Map(), p50: null, p95: null });

function point(time, seconds, before, after) {
  const rows = growth(before, after, "modelpress_rows_total");
  const requests = growth(before, after, "modelpress_requests_total", asks);
  const buckets = growth(before, after, "modelpress_request_seconds_bucket", asks);
  const status = (first) => total(requests.filter(({ labels }) => labels.status.startsWith(first)));
  const perSecond = (number) => number / seconds;
  return {
    time,
    rate: perSecond(total(rows)),
    models: new Map([...by("model", rows)].map(([model, number]) => [model, perSecond(number)])),
    requests: perSecond(total(requests)),
    asked: total(requests),
    refused: status("4"),
    failed: status("5"),
    p50: real(quantile(0.5, buckets)),
    p95: real(quantile(0.95, buckets)),
    cpu: perSecond(total(growth(before, after, "process_cpu_seconds_total"))),
  };
}

const real = (number) => (Number.isNaN(number) ? null : number);
