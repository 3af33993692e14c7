/** What the models are: asked once, and again when something else is loaded. */

import { monitored } from "./drift.js";
import { Refusal, json, place } from "./service.js";

const DRIFT_EVERY = 60_000;

/** What tells that other versions are loaded. */
const stampOf = (exposition) => ["modelpress_model_info", "modelpress_model_loaded"]
  .flatMap((name) => exposition.series(name)).map(({ key, value }) => `${key} ${value}`).join("\n");

export class Catalog {
  models = [];
  details = new Map();
  drifts = new Map();
  /** Whether it was refused for the lack of a key, or for the wrong one. */
  locked = false;
  /** What else the service has refused with; null if nothing. */
  refusal = null;
  #stamp = "";
  #notBefore = 0;
  #driftAt = 0;

  /** Look for what `exposition` says is new; `time` is in milliseconds. */
  async follow(exposition, time) {
    const stamp = stampOf(exposition);
    if (this.locked || time < this.#notBefore) return;
    try {
      if (stamp !== this.#stamp) await this.#read(stamp);
      await this.#monitored(exposition, time);
      this.refusal = null;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#refused(error, time);
    }
  }

  /** Try again, with another key. */
  unlock() {
    this.locked = false;
    this.#stamp = "";
  }

  async #read(stamp) {
    const { models } = await json("models");
    const wanted = models.flatMap(references);
    const old = this.details;
    const found = await Promise.allSettled(wanted.map((reference) => json(place(reference))));
    const pairs = wanted.map((reference, at) => [reference, found[at].value ?? old.get(reference)]);
    this.details = new Map(pairs.filter(([, told]) => told));
    this.models = models;
    const failed = found.find(({ status }) => status === "rejected");
    if (failed) throw failed.reason;
    this.#stamp = stamp;
  }

  /** Only models of which /metrics says so have been monitored; the others need no question. */
  async #monitored(exposition, time) {
    const names = monitored(exposition);
    const known = names.every((name) => this.drifts.has(name));
    if (known && time < this.#driftAt + DRIFT_EVERY) return;
    this.#driftAt = time;
    // A model that has just been taken away is a 404.
    const found = await Promise.all(names.map((name) =>
      json(place(name, "drift"), { allowed: 404 })));
    this.drifts = new Map(names.map((name, at) => [name, found[at]]));
  }

  #refused(error, time) {
    this.locked = error.status === 401;
    this.refusal = this.locked ? null : error;
    this.#notBefore = time + 1000 * Math.max(error.wait, this.locked ? 0 : 15);
  }
}

/** What can be asked of a model: production by its name, staging where it is another version. */
export function references({ name, production, staging }) {
  const other = staging && staging !== production ? [`${name}@staging`] : [];
  return [...(production ? [name] : []), ...other];
}
