/**
 * Packs the edge runtime into one small file: what a page of somebody else fetches is one module.
 *
 *     node site/pack.mjs FILE
 *
 * Whatever is only needed when something is out of the ordinary stays where it is, in `runtime/`.
 */

import { readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { minify } from "terser";

const RUNTIME = resolve(dirname(fileURLToPath(import.meta.url)), "assets/runtime");
const RARE = /\/(files|onnxruntime|refusal|sha256)\.js$/;
const LATE = /\bimport\("\.\/(\w+)\.js"\)/g;

/** Leaves the rare modules out, and takes those that come late in with the others. */
const packing = {
  name: "packing",
  setup(builder) {
    builder.onResolve({ filter: RARE }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path: path.replace("./", "./runtime/"), external: true } : undefined);
    builder.onLoad({ filter: /modelpress\.js$/ }, async ({ path }) => {
      const imported = [];
      const contents = (await readFile(path, "utf8")).replace(LATE, (words, name) => {
        if (RARE.test(`/${name}.js`)) return words;
        imported.push(`import * as ${name}Module from "./${name}.js";`);
        return `Promise.resolve(${name}Module)`;
      });
      return { contents: `${imported.join("\n")}\n${contents}` };
    });
  },
};

const bundled = await build({
  entryPoints: [resolve(RUNTIME, "modelpress.js")],
  plugins: [packing],
  bundle: true,
  minify: true,
  write: false,
  format: "esm",
  target: "es2022",
});
const packed = await minify(bundled.outputFiles[0].text, {
  module: true,
  ecma: 2022,
  compress: { passes: 5, unsafe_arrows: true, unsafe_methods: true },
});
await writeFile(process.argv[2], packed.code);
