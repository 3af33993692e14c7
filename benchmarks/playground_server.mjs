/**
 * Serves folders as Pages does: HTTP/2, compressed. Says its port on the first line.
 *
 *     node playground_server.mjs CERTIFICATE KEY FOLDER ...
 */

import { readFileSync, statSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = {
  ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript",
  ".json": "application/json", ".svg": "image/svg+xml", ".wasm": "application/wasm",
};
const PACKED_ALREADY = new Set([".png", ".woff2", ".gz"]);

const [cert, key, ...folders] = process.argv.slice(2);
const known = new Map();

function file(path) {
  const places = folders.flatMap((folder) => [join(folder, path), join(folder, path, "index.html")]);
  return places.find((place) => statSync(place, { throwIfNoEntry: false })?.isFile());
}

function content(path) {
  const place = file(path);
  if (!place) return null;
  const bytes = readFileSync(place);
  const end = extname(place);
  const isPacked = PACKED_ALREADY.has(end);
  const headers = { "content-type": TYPES[end] ?? "application/octet-stream", "cache-control": "max-age=600" };
  if (!isPacked) headers["content-encoding"] = "gzip";
  return { headers, bytes: isPacked ? bytes : gzipSync(bytes, { level: 6 }) };
}

const server = createSecureServer({ cert: readFileSync(cert), key: readFileSync(key) });
server.on("stream", (stream, { ":path": asked }) => {
  const path = normalize(decodeURIComponent(asked.split("?")[0]));
  if (!known.has(path)) known.set(path, content(path));
  const found = known.get(path);
  stream.on("error", () => {});
  stream.respond({ ":status": found ? 200 : 404, ...found?.headers });
  stream.end(found?.bytes);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
