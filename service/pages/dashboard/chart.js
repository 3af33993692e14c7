/** A moving line chart of the last minutes: SVG for the lines, HTML for the words. */

import { area, path, runs, ticks } from "./axis.js";
import { element, fill, table } from "./element.js";
import { WINDOW } from "./history.js";
import { clock } from "./words.js";

const MINUTES = WINDOW / 60_000;
const ROWS = 24;
// Room above the highest value, so that its line is not cut.
const ROOM = 1.08;

/**
 * A chart in a place of the page.
 *
 * `lines` are `{name, kind, of}`: `of` takes a value or null from a point; `written` puts a value
 * into words; `least` is the smallest height of the axis, so that next to nothing looks like it.
 */
export class Chart {
  #lines;
  #written;
  #least;
  #points = [];
  #now = 0;
  #chosen = -1;

  constructor(place, { title, lines, written, least }) {
    this.#lines = lines;
    this.#written = written;
    this.#least = least;
    this.#build(place, title);
  }

  #build(place, title) {
    this.grid = element("path", { class: "grid" });
    this.drawn = element("g");
    const svg = element("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, this.grid, this.drawn);
    this.marks = element("div", { "aria-hidden": "true" });
    this.quiet = element("div", { class: "quiet", hidden: true }, element("span"));
    this.cursor = element("div", { class: "cursor", hidden: true });
    this.tip = element("div", { class: "tip", role: "status", hidden: true });
    this.plot = element("div", { class: "plot", tabindex: "0", role: "group", "aria-label": `${title}. The arrow keys read its points.` },
      svg, this.marks, this.quiet, this.cursor, this.tip);
    this.rows = element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": `${title}: the newest points` });
    place.replaceChildren(this.plot, element("details", { class: "data" }, element("summary", {}, "Show data"), this.rows));
    this.#listen();
  }

  #listen() {
    this.plot.addEventListener("pointermove", (event) => {
      const box = this.plot.getBoundingClientRect();
      this.#choose(this.#nearest((event.clientX - box.left) / box.width));
    });
    for (const name of ["pointerleave", "blur"]) this.plot.addEventListener(name, () => this.#choose(-1));
    this.plot.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step || !this.#points.length) return;
      event.preventDefault();
      const from = this.#chosen < 0 ? this.#points.length - (step < 0 ? 0 : 1) : this.#chosen;
      this.#choose(Math.min(Math.max(from + step, 0), this.#points.length - 1));
    });
  }

  /** Draw points up to the time `now`; `quiet` is what to say over an empty plot. */
  draw(points, now, quiet = "") {
    const moved = this.#now ? (100 * (now - this.#now)) / WINDOW : 0;
    this.#now = now;
    this.#points = points.filter(({ time }) => time >= now - WINDOW);
    const values = this.#lines.flatMap(({ of }) => this.#points.map(of)).filter((value) => value !== null);
    const steps = ticks(Math.max(this.#least, ...values) * ROOM);
    this.#drawLines(points, steps.at(-1));
    this.#drawMarks(steps);
    this.#tell();
    this.quiet.hidden = !quiet;
    this.quiet.firstChild.textContent = quiet;
    this.#choose(Math.min(this.#chosen, this.#points.length - 1));
    if (moved > 0 && moved < 50) slide(this.drawn, moved);
  }

  #x = (time) => 100 + (100 * (time - this.#now)) / WINDOW;

  #drawLines(points, highest) {
    const y = (value) => (value === null ? null : 100 - (100 * value) / highest);
    const paths = this.#lines.flatMap(({ kind, of }, at) => {
      const found = runs(points.map((one) => ({ x: this.#x(one.time), y: y(of(one)) })));
      const filled = at === 0 && element("path", { class: "area", d: found.map(area).join("") });
      return [filled, element("path", { class: `line ${kind}`, d: found.map(path).join("") })];
    });
    fill(this.drawn, paths);
    this.ends = this.#lines.flatMap(({ kind, of }) => {
      const last = this.#points.at(-1);
      const value = last ? of(last) : null;
      const style = { left: "100%", top: `${y(value ?? 0)}%` };
      return value === null ? [] : [element("i", { class: `dot ${kind}`, style })];
    });
  }

  #drawMarks(steps) {
    const highest = steps.at(-1);
    const height = (value) => 100 - (100 * value) / highest;
    this.grid.setAttribute("d", steps.map((value) => `M0 ${height(value)}H100`).join(""));
    const down = steps.map((value) => element("span", { class: "tick y", style: { top: `${height(value)}%` } }, this.#written(value)));
    const along = Array.from({ length: MINUTES + 1 }, (_, at) =>
      element("span", { class: "tick x", style: { left: `${(100 * at) / MINUTES}%` } }, at < MINUTES ? `−${MINUTES - at} min` : "now"));
    fill(this.marks, ...this.ends, ...down, ...along);
  }

  #told = (value) => (value === null ? "–" : this.#written(value));

  #tell() {
    const rows = this.#points.slice(-ROWS).reverse().map((one) =>
      [clock(one.time), ...this.#lines.map(({ of }) => this.#told(of(one)))]);
    fill(this.rows, rows.length
      ? table(["Time", ...this.#lines.map(({ name }) => [name, "number"])], rows)
      : element("p", { class: "empty" }, "No point yet."));
  }

  #nearest(share) {
    const time = this.#now - (1 - share) * WINDOW;
    const distances = this.#points.map((one) => Math.abs(one.time - time));
    return distances.indexOf(Math.min(...distances));
  }

  #choose(at) {
    this.#chosen = at;
    const one = this.#points[at];
    this.cursor.hidden = this.tip.hidden = !one;
    if (!one) return;
    const x = this.#x(one.time);
    this.cursor.style.left = `${x}%`;
    this.tip.style.setProperty(x > 50 ? "right" : "left", `${x > 50 ? 100 - x : x}%`);
    this.tip.style.removeProperty(x > 50 ? "left" : "right");
    this.tip.textContent = [clock(one.time), ...this.#lines.map(({ name, of }) => `${name} ${this.#told(of(one))}`)].join(" · ");
  }
}

function slide(group, moved) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  group.animate([{ transform: `translateX(${moved}px)` }, { transform: "none" }], { duration: 500, easing: "ease-out" });
}

/** A small line without words; it says nothing that is not written beside it. */
export function spark(points, of, now) {
  const values = points.map((one) => ({ time: one.time, value: of(one) }));
  const highest = Math.max(...values.map(({ value }) => value ?? 0), 0);
  const placed = values.map(({ time, value }) => ({
    x: 100 + (100 * (time - now)) / WINDOW,
    y: value === null ? null : 95 - (highest ? (90 * value) / highest : 0),
  })).filter(({ x }) => x >= 0);
  const base = element("path", { class: "base", d: "M0 99H100" });
  const line = element("path", { d: runs(placed).map(path).join("") });
  return element("svg", { class: "spark", viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, base, line);
}
