/** A model that is being tried: what the page knows of it, its card, and itself. */

import { fromBytes } from "../runtime/modelpress.js";
import { read, readBytes, versionFile } from "./places.js";

/**
 * Open what was in production when the page was built, so that no pointer has to be read first.
 * Both files are on their way already: the page has asked for them before it had a style.
 */
export async function openSession({ name, production, ...told }) {
  const [card, bytes] = await Promise.all([
    read(versionFile(name, production, "card.json")),
    readBytes(versionFile(name, production, "model.onnx")),
  ]);
  const model = await fromBytes(bytes, { version: production, sha256: card.sha256 });
  return { ...told, name, production, card, model };
}
