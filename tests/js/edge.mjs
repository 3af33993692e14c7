/** The edge runtime in Node, line by line; see `edge_answers.mjs`. */

import * as modelpress from "../../site/assets/runtime/modelpress.js";
import { compile, SETS } from "../../site/assets/runtime/graph.js";
import { readModel } from "../../site/assets/runtime/onnx.js";
import { sha256 } from "../../site/assets/runtime/sha256.js";
import { Tensor } from "../../site/assets/runtime/tensors.js";
import { answering } from "./edge_answers.mjs";
import { answerLines } from "./lines.mjs";

await answerLines(answering({ ...modelpress, compile, readModel, SETS, sha256, Tensor }));
