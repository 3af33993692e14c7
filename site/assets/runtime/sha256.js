/** SHA-256 (FIPS 180-4), for pages over plain http, where browsers offer none. */

const ROUNDS = 64;

/** The first 32 bits behind the point of the roots of the first primes. */
function fractions(root, count) {
  const primes = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  return Uint32Array.from(primes, (prime) => (root(prime) % 1) * 2 ** 32);
}

const CONSTANTS = fractions(Math.cbrt, ROUNDS);
const turned = (word, by) => (word >>> by) | (word << (32 - by));

/** @param {Uint8Array} bytes  @returns {string} the digest in 64 hexadecimal digits */
export function sha256(bytes) {
  const state = fractions(Math.sqrt, 8);
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, bytes.length * 8);
  const words = new Uint32Array(ROUNDS);
  for (let start = 0; start < padded.length; start += 64) digestBlock(state, view, start, words);
  return [...state].map((word) => word.toString(16).padStart(8, "0")).join("");
}

function digestBlock(state, view, start, words) {
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(start + 4 * i);
  for (let i = 16; i < ROUNDS; i++) {
    const [near, far] = [words[i - 15], words[i - 2]];
    words[i] = words[i - 16] + words[i - 7]
      + (turned(near, 7) ^ turned(near, 18) ^ (near >>> 3))
      + (turned(far, 17) ^ turned(far, 19) ^ (far >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < ROUNDS; i++) {
    const mixed = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const first = (h + mixed + ((e & f) ^ (~e & g)) + CONSTANTS[i] + words[i]) | 0;
    const second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] += word; });
}
