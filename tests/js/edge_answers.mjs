/**
 * Answers questions about the edge runtime, the same in Node and in a page: `{ask, ...}` in, JSON
 * out. A refusal is an answer, too: its kind, its words and its hint.
 */

const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** JSON has no NaN and no infinity; their names pass through `Number`. */
const told = (value) =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;

export function answering({ load, fromBytes, readModel, compile, SETS, Tensor, sha256 }) {
  const loaded = new Map();

  function open({ folder, bytes, options = {} }) {
    const key = JSON.stringify([folder, bytes?.length, options]);
    if (folder === undefined) return fromBytes(fromBase64(bytes), options);
    if (!loaded.has(key)) loaded.set(key, load(folder, options));
    return loaded.get(key);
  }

  const asked = {
    async model({ ...question }) {
      const { name, version, sha256, task, inputs, classes, positive, threshold, runtime } = await open(question);
      return { name, version, sha256, task, inputs, classes, positive, threshold, runtime };
    },

    async predict({ rows, way = "together", ...question }) {
      const model = await open(question);
      const answers = way === "together" ? await model.predict(rows) : [];
      if (way === "alone") for (const row of rows) answers.push(await model.predict(row));
      return {
        runtime: model.runtime,
        labels: answers.map(({ label }) => label),
        values: answers.map(({ value }) => told(value)),
        probabilities: answers.map(({ probabilities }) =>
          probabilities && model.classes.map((name) => told(probabilities[name]))),
      };
    },

    async warm({ rows, rounds, ...question }) {
      const model = await open(question);
      for (let i = 0; i < 200; i++) await model.predict(rows[i % rows.length]);
      const best = [];
      for (let round = 0; round < rounds; round++) {
        const start = performance.now();
        for (const row of rows) await model.predict(row);
        best.push((performance.now() - start) / rows.length);
      }
      return { runtime: model.runtime, milliseconds: best.sort((a, b) => a - b)[rounds >> 1] };
    },

    async run({ bytes, feeds }) {
      const given = Object.entries(feeds).map(([name, { type, shape, data }]) => {
        const read = type === 1 || type === 11 ? data.map(Number) : data;
        return [name, new Tensor(type, shape, type === 1 ? Float32Array.from(read) : read)];
      });
      return compile(readModel(fromBase64(bytes)))(Object.fromEntries(given))
        .map(({ type, shape, data }) => ({ type, shape, data: Array.from(data, told) }));
    },

    operators: () =>
      Object.fromEntries(Object.entries(SETS).map(([name, [newest, known]]) =>
        [name, [newest, Object.keys(known)]])),

    digest: ({ bytes }) => sha256(fromBase64(bytes)),
  };

  return async (question) => {
    try {
      return await asked[question.ask](question);
    } catch (error) {
      return { error: error.name, message: error.message, hint: error.hint };
    }
  };
}
