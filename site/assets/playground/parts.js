/** What comes below the answer, once there is one. */

import { Batch } from "./batch.js";
import { Beside } from "./beside.js";
import { Feedback } from "./feedback.js";
import { details, index, read } from "./places.js";
import { Verify } from "./verify.js";

/** The parts for a session; each has a `box` and follows every answer. */
export async function parts(session, { repository }) {
  const [all, told] = await Promise.all([
    read(index()).catch(() => null),
    read(details(session.name)).catch(() => null),
  ]);
  session.details = told;
  const entry = all?.models?.find(({ name }) => name === session.name);
  const staging = entry?.staging ?? "";
  return [
    staging && staging !== session.model.version && new Beside(session, staging),
    new Verify(session),
    new Batch(session),
    repository && new Feedback(session, repository),
  ].filter(Boolean);
}
