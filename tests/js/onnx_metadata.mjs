/**
 * The metadata of an ONNX file, which onnxruntime-web does not tell.
 *
 * The file is a Protocol Buffers message; its field 14 repeats entries of a key (1) and a value (2).
 */

const METADATA_PROPS = 14;

function* readFields(bytes) {
  let position = 0;

  const readVarint = () => {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      if (position >= bytes.length) throw new Error("the message ends within a number");
      const byte = bytes[position++];
      value += (byte % 128) * weight;
      if (byte < 128) return value;
    }
  };

  while (position < bytes.length) {
    const tag = readVarint();
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        readVarint();
        break;
      case 1:
        position += 8;
        break;
      case 2: {
        const length = readVarint();
        yield { field, content: bytes.subarray(position, position + length) };
        position += length;
        break;
      }
      case 5:
        position += 4;
        break;
      default:
        throw new Error(`field ${field} has the unknown wire type ${tag % 8}`);
    }
  }
}

export function readMetadata(bytes) {
  const decoder = new TextDecoder();
  const metadata = {};
  for (const { field, content } of readFields(bytes)) {
    if (field !== METADATA_PROPS) continue;
    const entry = { 1: "", 2: "" };
    for (const part of readFields(content)) entry[part.field] = decoder.decode(part.content);
    metadata[entry[1]] = entry[2];
  }
  return metadata;
}
