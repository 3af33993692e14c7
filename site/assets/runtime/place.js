/** Where models lie: a folder of a published site. */

import { FileError } from "./errors.js";

export const LARGEST_BYTES = 64 * 1024 * 1024;

/** Open a folder: an address, absolute or as seen from the page; in Node a path, too. */
export async function openPlace(folder) {
  const page = globalThis.document?.baseURI ?? globalThis.location?.href;
  const files = page ? null : await import("./files.js");
  const address = new URL(String(folder).replace(/\/*$/, "/"), page ?? files.here());
  const read = address.protocol === "file:" && files ? files.read : download;
  return {
    name: String(folder).replace(/\/+$/, ""),
    model: address.pathname.split("/").at(-2),
    /** The bytes of a file, or null if there is none; `newest` asks past the cache. */
    read: async (file, newest) => {
      const bytes = await read(new URL(file, address), newest);
      if (!(bytes?.length > LARGEST_BYTES)) return bytes;
      throw new FileError(`\`${file}\` is larger than ${LARGEST_BYTES} bytes`);
    },
  };
}

async function download(address, newest) {
  let answer;
  try {
    answer = await fetch(address, newest ? { cache: "no-cache" } : {});
    if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    throw new FileError(`\`${address}\` cannot be reached: ${error.message}`);
  }
  if (answer.status === 404) return null;
  throw new FileError(`\`${address}\` answers ${answer.status} ${answer.statusText}`);
}
