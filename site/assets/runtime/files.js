/** Files of a checkout, for programs in Node. */

import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

import { FileError } from "./errors.js";

const ABSENT = new Set(["ENOENT", "ENOTDIR"]);

/** The folder in which the program runs, as an address. */
export const here = () => pathToFileURL(`${process.cwd()}/`);

/** @param {URL} address  @returns {Promise<Uint8Array|null>} */
export async function read(address) {
  try {
    return new Uint8Array(await readFile(address));
  } catch (error) {
    if (ABSENT.has(error.code)) return null;
    throw new FileError(`\`${address.pathname}\` cannot be read: ${error.message}`);
  }
}
