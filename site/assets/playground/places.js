/** Where the site keeps what the page reads. All addresses are relative: a sub-path is as good. */

const SITE = new URL("../../", import.meta.url);

const part = (name) => encodeURIComponent(name);

/** The folder of a model. */
export const folder = (model) => new URL(`models/${part(model)}`, SITE).href;

/** A file of one version. */
export const versionFile = (model, version, name) =>
  `${folder(model)}/${part(version)}/${part(name)}`;

/** The newest snapshot of a model that is polled. */
export const latest = (model) => new URL(`api/models/${part(model)}/latest.json`, SITE).href;

/** A file of the site could not be had. */
export class Unavailable extends Error {
  constructor(address, reason) {
    super(`${new URL(address).pathname} could not be fetched: ${reason}.`);
    this.name = "Unavailable";
  }
}

async function take(address, part) {
  const reply = await fetch(address).catch(() => {
    throw new Unavailable(address, "there is no connection");
  });
  if (!reply.ok) throw new Unavailable(address, `the server says ${reply.status}`);
  try {
    return await reply[part]();
  } catch (error) {
    throw new Unavailable(address, error.message);
  }
}

/** Read a JSON file. Throws Unavailable. */
export const read = (address) => take(address, "json");

/** Read the bytes of a file. Throws Unavailable. */
export const readBytes = async (address) => new Uint8Array(await take(address, "arrayBuffer"));
