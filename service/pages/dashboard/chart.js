/** A moving line chart of the last minutes: SVG for the lines, HTML for the words. */

import { area, path, runs, ticks } from "./axis.js";
import { element, fill } from "./element.js";
import { WINDOW } from "./history.js";
import { folded, paragraph, table } from "./parts.js";
import { clock } from "./words.js";

const MINUTES = WINDOW / 60_000;
const STRETCHED = { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" };
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
  #chosen;

  constructor(place, { title, lines, written, least }) {
    this.#lines = lines;
    this.#written = written;
    this.#least = least;
    this.#build(place, title);
  }

  #build(place, title) {
    this.grid = element("path", { class: "grid" });
    this.drawn = element("g");
    const svg = element("svg", STRETCHED, this.grid, this.drawn);
    this.marks = element("div", { "aria-hidden": "true" });
    this.quiet = element("div", { class: "quiet", hidden: true }, element("span"));
    this.cursor = element("div", { class: "cursor", hidden: true });
    this.tip = element("div", { class: "tip", role: "status", hidden: true });
    this.plot = element("div", group("plot", `${title}. The arrow keys read its points.`),
      svg, this.marks, this.quiet, this.cursor, this.tip);
    this.rows = element("div", group("scroll", `${title}: the newest points`));
    place.replaceChildren(this.plot, folded("Show data", this.rows));
    this.#listen();
  }

  #listen() {
    this.plot.addEventListener("pointermove", (event) => {
      const box = this.plot.getBoundingClientRect();
      this.#choose(this.#nearest((event.clientX - box.left) / box.width));
    });
    for (const name of ["pointerleave", "blur"]) {
      this.plot.addEventListener(name, () => this.#choose(undefined));
    }
    this.plot.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step || !this.#points.length) return;
      event.preventDefault();
      const last = this.#points.length - 1;
      const from = this.#points.indexOf(this.#chosen);
      this.#choose(this.#points[from < 0 ? last : Math.min(Math.max(from + step, 0), last)]);
    });
  }

  /** Draw points up to the time `now`; `quiet` is what to say over an empty plot. */
  draw(points, now, quiet = "") {
    const moved = this.#now ? (100 * (now - this.#now)) / WINDOW : 0;
    this.#now = now;
    this.#points = points.filter(({ time }) => time >= now - WINDOW);
    const values = this.#lines.flatMap(({ of }) => this.#points.map(of));
    const steps = ticks(Math.max(this.#least, ...values.filter((value) => value !== null)) * ROOM);
    this.#drawLines(points, steps.at(-1));
    this.#drawMarks(steps);
    this.#tell();
    this.quiet.hidden = !quiet;
    this.quiet.firstChild.textContent = quiet;
    this.#choose(this.#points.find((one) => one === this.#chosen));
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
    const down = steps.map((value) =>
      tick("y", { top: `${height(value)}%` }, this.#written(value)));
    fill(this.marks, ...this.ends, ...down, ...along());
  }

  #told = (value) => (value === null ? "–" : this.#written(value));

  #tell() {
    const rows = this.#points.slice(-ROWS).reverse().map((one) =>
      [clock(one.time), ...this.#lines.map(({ of }) => this.#told(of(one)))]);
    fill(this.rows, rows.length
      ? table(["Time", ...this.#lines.map(({ name }) => [name, "number"])], rows)
      : paragraph("empty", "No point yet."));
  }

  #nearest(share) {
    const time = this.#now - (1 - share) * WINDOW;
    const distances = this.#points.map((one) => Math.abs(one.time - time));
    return this.#points[distances.indexOf(Math.min(...distances))];
  }

  /** Read a point out; nothing if it is undefined. */
  #choose(one) {
    this.#chosen = one;
    this.cursor.hidden = this.tip.hidden = !one;
    if (!one) return;
    const x = this.#x(one.time);
    this.cursor.style.left = `${x}%`;
    this.tip.style.setProperty(x > 50 ? "right" : "left", `${x > 50 ? 100 - x : x}%`);
    this.tip.style.removeProperty(x > 50 ? "left" : "right");
    const values = this.#lines.map(({ name, of }) => `${name} ${this.#told(of(one))}`);
    this.tip.textContent = [clock(one.time), ...values].join(" · ");
  }
}

const group = (kind, label) =>
  ({ class: kind, tabindex: "0", role: "group", "aria-label": label });

const tick = (kind, style, word) => element("span", { class: `tick ${kind}`, style }, word);

const along = () => Array.from({ length: MINUTES + 1 }, (_, at) =>
  tick("x", { left: `${(100 * at) / MINUTES}%` }, at < MINUTES ? `−${MINUTES - at} min` : "now"));

function slide(lines, moved) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const steps = [{ transform: `translateX(${moved}px)` }, { transform: "none" }];
  lines.animate(steps, { duration: 500, easing: "ease-out" });
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
  return element("svg", { class: "spark", ...STRETCHED }, base, line);
}
