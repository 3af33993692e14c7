/** Work again and again: not while paused, not while nobody looks, never twice at once. */

export class Poll {
  paused = false;
  #work;
  #pause;
  #timer = 0;
  #busy = false;

  /** `work` is awaited; `pause` is in milliseconds. */
  constructor(work, pause) {
    this.#work = work;
    this.#pause = pause;
    document.addEventListener("visibilitychange", () => this.run());
  }

  get #wanted() {
    return !this.paused && !document.hidden;
  }

  /** Work now, unless it is not wanted. */
  async run() {
    clearTimeout(this.#timer);
    if (this.#busy || !this.#wanted) return;
    this.#busy = true;
    try {
      await this.#work();
    } finally {
      this.#busy = false;
      if (this.#wanted) this.#timer = setTimeout(() => this.run(), this.#pause);
    }
  }

  toggle() {
    this.paused = !this.paused;
    this.run();
  }
}
