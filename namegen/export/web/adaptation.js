// From the pretrained network to a list, as `namegen.training.adaptation` does it, which explains the method:
//
//     1. the list's vector z (`list_vector.js`)
//     2. endings and the output layer W (`output_layer.js`)
//     3. p = (1 - w) p_network + w p_n-gram
//
// Matrices have a row for each context, unit or token, as said where they are made.

const NEW_CHARACTER = -2;
const [NAMES_FOR_VECTOR, NAMES_FOR_OUTPUT] = [150, 3000];
const KNOWN_SHARE = 0.5;
const MOST_CHARACTERS = 300; // of a list that the network is adapted to, so that no list takes minutes

/** The weight of the n-gram model in the blend, by the number of names. */
const ngramWeight = (names) => 0.05 + 0.04 * Math.log10(names);

const baseLetter = (character) => [...character.normalize("NFD")][0];

/** Why the network cannot be adapted to names; "" where it can. */
function whyNotAdapted(network, names) {
  const characters = [...names.join("")];
  const isKnown = (c) => network.characters.includes(baseLetter(c)) || !/\p{L}/u.test(c);
  if (characters.filter(isKnown).length < KNOWN_SHARE * characters.length) return "does not know the script of this list";
  return new Set(characters).size > MOST_CHARACTERS ? "is not made for so many different characters" : "";
}

/** The network, fitted to names, as `modelOf` takes it. */
function adapt(network, names, vocabulary, onProgress = () => {}) {
  const own = withVocabulary(network, vocabulary);
  const z = fitVector(own, chooseAtMost(NAMES_FOR_VECTOR, names), vocabulary, (share) => onProgress(0.2 * share));
  const { contexts, followers } = rowsOf(chooseAtMost(NAMES_FOR_OUTPUT, names), vocabulary, own.contextSize);
  const bias = timesMatrix(z, own.shift, own.hidden).map((shift, unit) => shift + own.bias1[unit]);
  const hidden = readSums(own, contexts);
  for (let i = 0; i < hidden.length; i++) hidden[i] = gelu(hidden[i] + bias[i % own.hidden]);
  const endings = endingsOf(contexts, followers, own.size);
  const start = outputStart(own, z, endings.count);
  const weights = fitOutput({ own, hidden, endings, followers }, start, (share) => onProgress(0.2 + 0.8 * share));
  return adaptedModel(own, { vocabulary, bias, endings, weights });
}

/**
 * The network for the characters of a vocabulary, in its order. An accented letter starts as its base letter; what is
 * not a letter is read as a boundary and predicted as the mean of all; other letters start as the mean.
 */
function withVocabulary(network, vocabulary) {
  const { characters, embedding, weight1, weight2, bias1, bias2 } = network;
  const known = [...characters];
  const all = known.length + 1;
  const [hidden, width] = [bias1.length, embedding.length / all];
  const rows = [{ read: BOUNDARY, predicted: BOUNDARY, bias: 0 }];
  for (const character of vocabulary) {
    const index = known.indexOf(character) + 1;
    const base = index || known.indexOf(baseLetter(character)) + 1 || -1; // -1: the mean of all characters
    const isRead = index || /\p{L}/u.test(character);
    rows.push({ read: isRead ? base : BOUNDARY, predicted: base, bias: index ? 0 : NEW_CHARACTER });
  }
  const rowOf = (matrix, row, columns) => {
    if (row >= 0) return matrix.slice(row * columns, (row + 1) * columns);
    const mean = new Float32Array(columns);
    for (let i = columns; i < matrix.length; i++) mean[i % columns] += matrix[i] / (all - 1);
    return mean;
  };
  const byToken = transposed(weight2, [hidden, all]);
  return {
    ...network, hidden, width, size: rows.length, contextSize: weight1.length / hidden / width,
    embedding: joined(rows.map(({ read }) => rowOf(embedding, read, width))),
    output: joined(rows.map(({ predicted }) => rowOf(byToken, predicted, hidden))), // W₂, a row for each token
    bias2: Float32Array.from(rows, ({ predicted, bias: added }) => rowOf(bias2, predicted, 1)[0] + added),
  };
}

function joined(parts) {
  const whole = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  parts.reduce((start, part) => (whole.set(part, start), start + part.length), 0);
  return whole;
}

/** C[w₁] … C[wₙ] W₁ for each context: the sum of what each token adds at its place. */
function readSums({ embedding, weight1, hidden, width, size }, contexts) {
  const sums = new Float32Array(contexts.length * hidden);
  const summands = new Float32Array(size * hidden);
  const depth = width * hidden;
  for (let place = 0; place * depth < weight1.length; place++) {
    const byUnit = transposed(weight1.subarray(place * depth, (place + 1) * depth), [width, hidden]);
    productWithTransposed(embedding, byUnit, summands, [size, width, hidden]);
    contexts.forEach((context, row) => {
      const [from, to] = [context[place] * hidden, row * hidden];
      for (let unit = 0; unit < hidden; unit++) sums[to + unit] += summands[from + unit];
    });
  }
  return sums;
}

/**
 * An `mlp` that computes all this. Its embedding is [C | identity], so that 4 (matching characters - (k - 1)) is linear
 * in it: 4 where all k characters of an ending match, else 0, -4, …, of which GELU leaves 0.
 */
function adaptedModel(own, { vocabulary, bias, endings, weights }) {
  const { embedding, weight1, width, size, hidden, contextSize } = own;
  const [units, wide] = [hidden + endings.count, width + size];
  const both = new Float32Array(size * wide);
  for (let token = 0; token < size; token++) {
    both.set(embedding.subarray(token * width, (token + 1) * width), token * wide);
    both[token * wide + width + token] = 1;
  }
  const reading = new Float32Array(units * contextSize * wide);
  for (let i = 0; i < weight1.length; i++) {
    const [input, unit] = [Math.floor(i / hidden), i % hidden];
    reading[(unit * contextSize + Math.floor(input / width)) * wide + (input % width)] = weight1[i];
  }
  endings.tokens.forEach((tokens, number) => {
    tokens.forEach((token, place) => {
      const from = contextSize - tokens.length + place;
      reading[((hidden + number) * contextSize + from) * wide + width + token] = UNIT;
    });
  });
  const predicting = weights.subarray(0, units * size);
  return {
    family: "mlp", vocabulary,
    settings: { context_size: contextSize, embedding_size: wide, hidden_layers: 1, activation: "gelu" },
    tensors: {
      embedding: both,
      "hidden.0.weight": reading,
      "hidden.0.bias": joined([bias, Float32Array.from(endings.tokens, (tokens) => -UNIT * (tokens.length - 1))]),
      "output.weight": transposed(predicting, [units, size]),
      "output.bias": weights.slice(-size).map((weight) => UNIT * weight),
    },
  };
}
