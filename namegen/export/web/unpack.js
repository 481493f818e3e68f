// The opposite of `namegen.export.packing`: from bytes to the description of a model, its tensors as typed arrays.

const ARRAY_TYPES = {
  uint8: Uint8Array, int8: Int8Array, int16: Int16Array, int32: Int32Array,
  float16: Uint16Array, float32: Float32Array, float64: Float64Array,
};

/** The bytes that a base64 text of deflated bytes stands for. */
async function inflated(text) {
  const characters = atob(text);
  const packed = new Uint8Array(characters.length);
  for (let i = 0; i < packed.length; i++) packed[i] = characters.charCodeAt(i); // several times as fast as `from`
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).arrayBuffer();
}

/** The header of packed bytes, with typed arrays where it refers to some. */
function unpack(buffer) {
  const headerLength = new DataView(buffer).getUint32(0, true);
  const header = Array.from(new Uint8Array(buffer, 4, headerLength), (byte) => String.fromCharCode(byte)).join("");
  const arrays = buffer.slice(4 + headerLength);
  return JSON.parse(header, (_, value) => (value?.array ? unpackArray(value, arrays) : value));
}

/** What a page or a module carries: letters are set, and names that stand in one text are apart. */
function opened(content) {
  setLetters(content.letters);
  for (const { known } of content.models) if (known.names) known.names = known.names.split("\n");
  for (const list of content.lists) {
    list.names = list.names.split("\n");
    list.labels = new Map(list.labels.map(([label, holders]) => [label, list.names.filter((_, place) => holders[place] === "1")]));
  }
  return content;
}

function unpackArray({ array, start, length, ascending, scales }, buffer) {
  const type = ARRAY_TYPES[array];
  const stored = new type(buffer.slice(start, start + length * type.BYTES_PER_ELEMENT));
  if (ascending) return runningSums(stored);
  if (scales) return scaleRows(stored, scales);
  return array === "float16" ? new Float32Array(stored).map(halfPrecision) : stored;
}

function runningSums(differences) {
  let sum = 0;
  return new Float64Array(differences).map((difference) => (sum += difference));
}

/** A matrix of integers, each row times a factor of its own. */
function scaleRows(matrix, scales) {
  const width = matrix.length / scales.length;
  return new Float32Array(matrix).map((number, place) => number * scales[Math.floor(place / width)]);
}

/** The number that 16 bits stand for (IEEE 754 binary16). */
function halfPrecision(bits) {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  return sign * (exponent ? (1 + fraction) * 2 ** (exponent - 15) : fraction * 2 ** -14);
}
