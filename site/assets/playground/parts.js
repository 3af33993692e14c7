/** What comes below the answer, once there is one. */

import { Batch } from "./batch.js";
import { Beside } from "./beside.js";
import { Feedback } from "./feedback.js";
import { Verify } from "./verify.js";

/** The parts for a session; each has a `box` and follows every answer. */
export function parts(session, repository) {
  const { staging } = session;
  return [
    staging && staging !== session.model.version && new Beside(session),
    session.model.runtime === "javascript" && new Verify(session),
    new Batch(session),
    repository && new Feedback(session, repository),
  ].filter(Boolean);
}
