/** The service, asked. The bearer key lives here, and nowhere else. */

const PATIENCE = 10_000;

let key = "";

export const keep = (text) => { key = text; };
export const hasKey = () => key !== "";

/** Nobody has answered, or somebody else than the service. */
export class Silence extends Error {}

/** A reply that is none of the 200s, in the service's own words. */
export class Refusal extends Error {
  constructor({ status, headers }, problem) {
    super(problem.detail || `The service answers with status ${status}.`);
    this.status = status;
    this.title = problem.title || `Status ${status}`;
    this.hint = problem.hint || "";
    this.wait = Number(headers.get("Retry-After")) || 0;
  }
}

/** Ask; gives the reply and its text, whatever the status. Throws a Silence. */
export async function ask(path, body = null) {
  const authorization = key ? { Authorization: `Bearer ${key}` } : {};
  const options = body === null
    ? { headers: authorization }
    : { method: "POST", headers: { ...authorization, "Content-Type": "application/json" }, body };
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const reply = await fetch(path, { ...options, signal, cache: "no-store" });
    return { reply, text: await reply.text() };
  } catch (error) {
    throw new Silence(String(error));
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Ask for JSON. Throws a Silence, or a Refusal for any status but the 200s and `allowed`. */
export async function json(path, { body = null, allowed = 0 } = {}) {
  const { reply, text } = await ask(path, body);
  const told = parsed(text);
  if (!reply.ok && reply.status !== allowed) throw new Refusal(reply, told ?? {});
  if (told === null) throw new Silence(`${path} gives no JSON`);
  return told;
}

/** Where a model's things are; a name is part of a path, never more. */
export const place = (reference, what = "") =>
  `models/${encodeURIComponent(reference).replaceAll("%40", "@")}${what && `/${what}`}`;
