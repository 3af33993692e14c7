/** The evaluator: a graph of ONNX in, a function from tensors to tensors out. */

import { ARITHMETIC } from "./arithmetic.js";
import { FileError, ModelError, Unsupported } from "./errors.js";
import { readGraph } from "./onnx.js";
import { PREPARATION } from "./preparation.js";
import { SCORES } from "./scores.js";
import { TERMS, TOKENS } from "./text.js";

/** The operator sets, each with the newest version that is known and its operators. */
export const SETS = {
  "": [17, { ...ARITHMETIC, ...TERMS }],
  "ai.onnx.ml": [3, { ...PREPARATION, ...SCORES }],
  "com.microsoft": [1, TOKENS],
};

const ONLY_OURS = "it was damaged, or not made by `modelpress`: restore it from Git, or retrain";

/** Do what may stumble over a damaged file, and say so in words of ours. */
function soundly(work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new FileError(`the model's graph cannot be computed: ${error.message}`, ONLY_OURS);
  }
}

/**
 * Make a graph ready to run.
 *
 * @param {{graph: Uint8Array, sets: object[]}} model as `readModel` gives it
 * @returns {(feeds: object) => Tensor[]} the graph's outputs in its own order
 * @throws {Unsupported} it has operators, attributes or types that this evaluator does not know
 */
export function compile({ graph, sets }) {
  for (const { domain = "", version = 0 } of sets) {
    const [newest] = SETS[name(domain)] ?? [0];
    if (version > newest) throw new Unsupported(`version ${version} of the operators \`${domain}\``);
  }
  return soundly(() => {
    const { nodes, constants, outputs } = readGraph(graph ?? new Uint8Array());
    if (!outputs.length) throw new FileError("the model file has no graph", ONLY_OURS);
    const steps = nodes.map((node) => ({ ...node, compute: operator(node) }));
    return (feeds) => soundly(() => run(steps, constants, feeds, outputs));
  });
}

const name = (domain) => (domain === "ai.onnx" ? "" : domain);

/** Make an operator of its attributes; one that it does not read is one that it does not know. */
function operator({ domain, operator: type, attributes }) {
  const operators = SETS[name(domain)]?.[1] ?? {};
  if (!Object.hasOwn(operators, type)) throw new Unsupported(`the operator \`${type}\``);
  const unread = new Set(Object.keys(attributes));
  const compute = operators[type](new Proxy(attributes, {
    get: (values, attribute) => {
      unread.delete(attribute);
      return values[attribute];
    },
  }));
  for (const odd of unread) throw new Unsupported(`the operator \`${type}\` with \`${odd}\``);
  return compute;
}

function run(steps, constants, feeds, outputs) {
  const values = new Map(constants);
  for (const input of Object.keys(feeds)) values.set(input, feeds[input]);
  const take = (wanted) => {
    if (!values.has(wanted)) throw new FileError(`nothing in the graph makes \`${wanted}\``, ONLY_OURS);
    return values.get(wanted);
  };
  for (const { inputs, outputs: made, compute } of steps) {
    const results = [compute(...inputs.map(take))].flat();
    made.forEach((output, k) => values.set(output, results[k]));
  }
  return outputs.map(take);
}
