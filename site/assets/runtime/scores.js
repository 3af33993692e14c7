/** Operators that end in scores: linear models and trees. */

import { FileError, Unsupported } from "./errors.js";
import { FLOAT, INT64, STRING, Tensor, volume } from "./tensors.js";

export const SCORES = {
  LinearClassifier: linearClassifier,
  LinearRegressor: linearRegressor,
  TreeEnsembleClassifier: treeClassifier,
  TreeEnsembleRegressor: treeRegressor,
};

const { fround } = Math;

function logistic(score) {
  const share = fround(1 / fround(1 + fround(Math.exp(-Math.abs(score)))));
  return score < 0 ? fround(1 - share) : share;
}

function softmax(scores) {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(fround(score - most)));
  const sum = powers.reduce((a, b) => fround(a + b), 0);
  return powers.map((power) => power / sum);
}

const logistics = (scores) => scores.map(logistic);
const TRANSFORMS = { NONE: (scores) => scores, LOGISTIC: logistics, SOFTMAX: softmax };

function transform(name = "NONE") {
  if (!TRANSFORMS[name]) throw new Unsupported(`scores transformed by ${name}`);
  return TRANSFORMS[name];
}

/** Give the labels of rows of scores, and the scores as probabilities. */
function classify(labels, rows, best, finish) {
  const type = typeof labels[0] === "string" ? STRING : INT64;
  const probabilities = new Tensor(FLOAT, [rows.length, labels.length]);
  rows.forEach((scores, row) => probabilities.data.set(finish(scores), row * labels.length));
  return [new Tensor(type, [rows.length], rows.map((scores) => labels[best(scores)])), probabilities];
}

const largest = (scores) => scores.reduce((best, score, k) => (score > scores[best] ? k : best), 0);

// Linear models

/** Make what gives the scores of each row; sums have 64 bits until they are whole. */
function linear(weights, shifts, targets) {
  const width = weights.length / volume([targets]);
  return (x) => {
    const [rows, columns] = x.shape.length === 1 ? [1, x.shape[0]] : x.shape;
    if (columns !== width) throw new FileError(`there are ${columns} columns for ${width} weights`);
    const sum = x.fill === 0 ? sparseSum(x, weights) : denseSum(x.data, weights, width);
    return Array.from({ length: rows }, (_, row) => {
      const scores = new Float32Array(targets);
      for (let k = 0; k < targets; k++) scores[k] = sum(row, k * width) + (shifts[k] ?? 0);
      return scores;
    });
  };
}

const sparseSum = ({ columns, values }, weights) => (row, start) => {
  const [places, own] = [columns[row], values[row]];
  let sum = 0;
  for (let k = 0; k < own.length; k++) sum += own[k] * weights[start + places[k]];
  return sum;
};

const denseSum = (data, weights, width) => (row, start) => {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += data[row * width + k] * weights[start + k];
  return sum;
};

function linearClassifier({
  classlabels_ints, classlabels_strings, coefficients, intercepts = [], multi_class, post_transform,
}) {
  const labels = classlabels_strings ?? classlabels_ints ?? [];
  if (labels.length < 2 || intercepts.length !== labels.length) {
    throw new Unsupported("the operator `LinearClassifier` of one score");
  }
  const score = linear(coefficients, intercepts, labels.length);
  const finish = transform(post_transform);
  return (x) => classify(labels, score(x), largest, finish);
}

function linearRegressor({ coefficients, intercepts = [], targets = 1, post_transform }) {
  const score = linear(coefficients, intercepts, targets);
  const finish = transform(post_transform);
  return (x) => stacked(score(x).map(finish), targets);
}

function stacked(rows, targets) {
  const result = new Tensor(FLOAT, [rows.length, targets]);
  rows.forEach((row, k) => result.data.set(row, k * targets));
  return result;
}

// Trees

const known = (tree, node) => tree * 2 ** 26 + node;

/** Lay the trees out in arrays; every node must have one way to it, so that a walk ends. */
function plant(attributes, leaf) {
  const {
    nodes_treeids: trees, nodes_nodeids: nodes, nodes_modes: modes, nodes_values: cuts,
    nodes_featureids: features, nodes_missing_value_tracks_true: missing = [], nodes_hitrates,
  } = attributes;
  const places = new Map(trees.map((tree, i) => [known(tree, nodes[i]), i]));
  const other = modes.find((mode) => mode !== "LEAF" && mode !== "BRANCH_LEQ");
  if (other) throw new Unsupported(`trees with ${other}`);
  const child = (ids) => Int32Array.from(modes, (mode, i) =>
    mode === "LEAF" ? -1 : places.get(known(trees[i], ids[i])) ?? trees.length);
  const yes = child(attributes.nodes_truenodeids);
  const no = child(attributes.nodes_falsenodeids);
  const parents = new Uint32Array(trees.length + 1);
  for (const children of [yes, no]) for (const i of children) if (i >= 0) parents[i]++;
  const roots = trees.flatMap((tree, i) => (tree === trees[i - 1] ? [] : [i]));
  if (parents[trees.length] || parents.some((count) => count > 1) || roots.some((i) => parents[i])) {
    throw new FileError("a tree of the model grows into itself, or ends in nothing");
  }
  const owners = attributes[`${leaf}_treeids`];
  const weights = trees.map(() => []);
  attributes[`${leaf}_nodeids`].forEach((node, k) => {
    weights[places.get(known(owners[k], node))].push(k);
  });
  return {
    roots, yes, no, weights,
    ids: attributes[`${leaf}_ids`],
    weight: Float32Array.from(attributes[`${leaf}_weights`]),
    feature: Int32Array.from(features),
    cut: Float32Array.from(cuts),
    missing: Uint8Array.from(missing),
    width: features.reduce((most, k) => Math.max(most, k), 0) + 1,
  };
}

/** Sum up the leaves of each row as onnxruntime does: tree by tree, in 32 bits. */
function climb(forest, x, targets) {
  const { roots, yes, no, weights, ids, weight, feature, cut, missing, width } = forest;
  const [rows, columns] = x.shape;
  const { data } = x;
  if (!(columns >= width)) throw new FileError(`there are ${columns} columns for trees of ${width}`);
  return Array.from({ length: rows }, (_, row) => {
    const scores = new Float32Array(targets);
    for (const root of roots) {
      let i = root;
      while (yes[i] >= 0) {
        const value = data[row * columns + feature[i]];
        i = value <= cut[i] || (missing[i] && value !== value) ? yes[i] : no[i];
      }
      for (const k of weights[i]) scores[ids[k]] += weight[k];
    }
    return scores;
  });
}

const raise = (scores, base) => scores.map((score, k) => score + (base[k] ?? 0));

function treeClassifier(attributes) {
  const { classlabels_int64s, classlabels_strings, base_values: base = [], post_transform } = attributes;
  const labels = classlabels_strings ?? classlabels_int64s ?? [];
  const forest = plant(attributes, "class");
  const finish = transform(post_transform);
  const told = new Set(forest.ids);
  if (labels.length === 2 && told.size === 1 && told.has(0) && base.length < 2) {
    return binaryTrees(forest, labels, base, finish);
  }
  const every = labels.every((_, k) => told.has(k));
  if (labels.length < 3 || !every || told.size > labels.length || base.length % labels.length) {
    throw new Unsupported("trees whose classes are written in another way");
  }
  const rows = (x) => climb(forest, x, labels.length).map((scores) => raise(scores, base));
  return (x) => classify(labels, rows(x), largest, finish);
}

/** One score stands for two classes: the share of the second, unless scores may be negative. */
function binaryTrees(forest, labels, base, finish) {
  const shares = forest.weight.every((weight) => weight >= 0);
  const cut = shares ? 0.5 : 0;
  const both = ([score]) => Float32Array.of(shares ? 1 - score : -score, score);
  const complete = shares ? both : (scores) => finish(both(scores));
  if (!shares && finish !== logistics) throw new Unsupported("trees of one score that is no share");
  return (x) => {
    const rows = climb(forest, x, 1).map((scores) => raise(scores, base));
    return classify(labels, rows, ([score]) => Number(score > cut), complete);
  };
}

function treeRegressor(attributes) {
  const { aggregate_function: aggregate = "SUM", base_values: base = [] } = attributes;
  const { n_targets: targets = 1, post_transform } = attributes;
  if (aggregate !== "SUM") throw new Unsupported(`trees aggregated by ${aggregate}`);
  const forest = plant(attributes, "target");
  if (forest.ids.some((id) => !(id >= 0 && id < volume([targets])))) throw new FileError("trees of no target");
  const finish = transform(post_transform);
  return (x) => stacked(climb(forest, x, targets).map((scores) => finish(raise(scores, base))), targets);
}
