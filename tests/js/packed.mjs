/** The packed edge runtime in Node, by the place of its file; see `edge_answers.mjs`. */

import { pathToFileURL } from "node:url";

import { answering } from "./edge_answers.mjs";
import { answerLines } from "./lines.mjs";

await answerLines(answering(await import(pathToFileURL(process.argv[2]).href)));
