"use strict";

// From the pretrained network to a list, as `namegen.training.adaptation` does it, which explains the method:
//
//     1. the list's vector z:    minimise  -Σ ln p(target | context, z) + ½ (z - μ)ᵀ Σ⁻¹ (z - μ)
//     2. the output layer W:     minimise  -Σ ln softmax(h W)[target]   + λ/2 ‖W - W₀‖²,
//        where h are the hidden units and, for each frequent ending of a context, a unit that is 4 where it ends so
//     3. p = (1 - w) p_network + w p_n-gram
//
// Matrices have a row for each token or context. A row of a context has at most three endings, so they are added apart.

const PRECISION = 45;
const UNIT = 4;
const [LONGEST_ENDING, MOST_ENDINGS] = [3, 512];
const NEW_CHARACTER = -2;
const [NAMES_FOR_VECTOR, NAMES_FOR_OUTPUT] = [150, 3000];
const KNOWN_SHARE = 0.5;
const STEPS = 30;
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
  const z = fitVector(own, chooseAtMost(NAMES_FOR_VECTOR, names), vocabulary, (share) => onProgress(0.3 * share));
  const { contexts, followers } = rowsOf(chooseAtMost(NAMES_FOR_OUTPUT, names), vocabulary, own.contextSize);
  const read = readSums(own, contexts);
  const bias = timesVector(z, own.shift, own.hidden).map((shift, unit) => shift + own.bias1[unit]);
  for (let i = 0; i < read.length; i++) read[i] += bias[i % own.hidden];
  const hidden = read.map(gelu);
  const endings = endingsOf(contexts, followers, own.size);
  const start = startOf(own, z, endings.count);
  const weights = fitOutput({ own, hidden, endings, followers }, start, (share) => onProgress(0.3 + 0.7 * share));
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

/** x W, for a vector x. */
function timesVector(x, matrix, columns) {
  const product = new Float32Array(columns);
  addProduct(x, matrix, product, [1, x.length, columns]);
  return product;
}

/** C[w₁] … C[wₙ] W₁ for each context: the sum of what each token adds at its place. */
function readSums({ embedding, weight1, hidden, width, size }, contexts) {
  const sums = new Float32Array(contexts.length * hidden);
  const depth = width * hidden;
  for (let place = 0; place * depth < weight1.length; place++) {
    const summands = new Float32Array(size * hidden);
    addProduct(embedding, weight1.subarray(place * depth, (place + 1) * depth), summands, [size, width, hidden]);
    contexts.forEach((context, row) => {
      const [from, to] = [context[place] * hidden, row * hidden];
      for (let unit = 0; unit < hidden; unit++) sums[to + unit] += summands[from + unit];
    });
  }
  return sums;
}

// ---- Step 1: the vector ---------------------------------------------------------------------------------------------

/** It starts from the mean of the lists' vectors, each weighted by how well it explains these names. */
function fitVector(own, names, vocabulary, onProgress) {
  const { contexts, followers } = rowsOf(names, vocabulary, own.contextSize);
  const read = readSums(own, contexts);
  const depth = own.shift.length / own.hidden;
  const evaluate = vectorLoss(own, read, followers);
  const vectors = Array.from({ length: own.vectors.length / depth }, (_, i) => own.vectors.subarray(i * depth, (i + 1) * depth));
  const shares = softmax(vectors.map((z, place) => (onProgress(place / vectors.length / 2), -evaluate(z, false)[0])));
  const start = new Float32Array(depth);
  vectors.forEach((z, place) => z.forEach((number, i) => (start[i] += shares[place] * number)));
  return minimise((z) => evaluate(z, true), start, STEPS, (share) => onProgress(0.5 + share / 2));
}

/** The function of z that is minimised: its value, and where it is wanted its gradient. */
function vectorLoss(own, read, followers) {
  const { hidden, size, shift, scale, output, bias2, bias1, priorMean, priorPrecision } = own;
  const rows = read.length / hidden;
  const [h, slopes, scaled] = [1, 2, 3].map(() => new Float32Array(rows * hidden));
  const logits = new Float32Array(rows * size);
  return (z, wantsGradient) => {
    const bias = timesVector(z, shift, hidden).map((n, unit) => n + bias1[unit]);
    const scales = timesVector(z, scale, hidden).map((n) => 1 + n);
    for (let i = 0, unit = 0; i < h.length; i++, unit = unit + 1 === hidden ? 0 : unit + 1) {
      const x = read[i] + bias[unit];
      const density = Math.exp((-x * x) / 2);
      const probability = normalProbability(x, density);
      h[i] = x * probability;
      slopes[i] = (probability + x * density * 0.3989422804014327) * scales[unit];
      scaled[i] = h[i] * scales[unit];
    }
    productWithTransposed(scaled, output, logits, [rows, hidden, size]);
    const away = z.map((number, i) => number - priorMean[i]);
    const pull = timesVector(away, priorPrecision, z.length);
    const value = lossAndErrors(logits, bias2, followers, size) + inner(away, pull) / 2;
    if (!wantsGradient) return [value];
    const back = scaled.fill(0); // the gradient of what the output layer reads
    addProduct(logits, output, back, [rows, size, hidden]);
    const [byShift, byScale] = [new Float32Array(hidden), new Float32Array(hidden)];
    for (let i = 0, unit = 0; i < h.length; i++, unit = unit + 1 === hidden ? 0 : unit + 1) {
      byShift[unit] += back[i] * slopes[i];
      byScale[unit] += back[i] * h[i];
    }
    return [value, pull.map((n, i) => n + dot(shift, i * hidden, byShift) + dot(scale, i * hidden, byScale))];
  };
}

/** Φ(x), given exp(-x²/2). */
function normalProbability(x, density) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x) * Math.SQRT1_2);
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * density / 2;
  return x > 0 ? 1 - tail : tail;
}

/** -Σ count × ln p for logits, to which a bias is added; in place of the logits, total × p - count. */
function lossAndErrors(logits, bias, counts, size) {
  let loss = 0;
  for (let start = 0; start < logits.length; start += size) {
    let [largest, total, powers] = [-Infinity, 0, 0];
    for (let i = 0; i < size; i++) largest = Math.max(largest, (logits[start + i] += bias[i]));
    for (let i = 0; i < size; i++) {
      powers += Math.exp(logits[start + i] - largest);
      total += counts[start + i];
    }
    const normaliser = largest + Math.log(powers);
    for (let i = 0; i < size; i++) {
      const logarithm = logits[start + i] - normaliser;
      if (counts[start + i]) loss -= counts[start + i] * logarithm;
      logits[start + i] = total * Math.exp(logarithm) - counts[start + i];
    }
  }
  return loss;
}

// ---- Step 2: endings and the output layer ---------------------------------------------------------------------------

/** The most frequent endings of contexts, and of each context which of them it has: their numbers, three a row, or -1. */
function endingsOf(contexts, followers, size) {
  const found = [];
  for (let length = 1; length <= LONGEST_ENDING; length++) {
    const own = new Map();
    contexts.forEach((context, row) => {
      const key = String.fromCharCode(...context.slice(-length));
      if (!own.has(key)) own.set(key, { key, tokens: context.slice(-length), frequency: 0 });
      own.get(key).frequency += sum(followers.subarray(row * size, (row + 1) * size));
    });
    found.push(...[...own.values()].sort((a, b) => (a.key < b.key ? -1 : 1)));
  }
  const order = Array.from(found.keys()).sort((a, b) => found[b].frequency - found[a].frequency || a - b);
  const chosen = order.slice(0, MOST_ENDINGS).sort((a, b) => a - b).map((place) => found[place]);
  const numbers = new Map(chosen.map(({ key }, number) => [key, number]));
  const present = contexts.flatMap((context) =>
    [1, 2, 3].map((length) => numbers.get(String.fromCharCode(...context.slice(-length))) ?? -1),
  );
  return { tokens: chosen.map(({ tokens }) => tokens), count: chosen.length, present };
}

/** Weights for each token: those that read the hidden units, then a row for each ending, and one for none. */
function startOf({ output, bias2, scale, hidden, size }, z, endings) {
  const scales = timesVector(z, scale, hidden).map((n) => 1 + n);
  const start = new Float32Array(size * (hidden + endings + 1));
  for (let i = 0; i < output.length; i++) start[i] = output[i] * scales[i % hidden];
  start.set(bias2.map((bias) => bias / UNIT), output.length + endings * size);
  return start;
}

function fitOutput({ own, hidden, endings, followers }, start, onProgress) {
  const { size, output } = own;
  const rows = followers.length / size;
  const logits = new Float32Array(rows * size);
  const none = new Float32Array(size);
  const valueAndGradient = (weights) => {
    const [dense, sparse] = [weights.subarray(0, output.length), weights.subarray(output.length)];
    productWithTransposed(hidden, dense, logits, [rows, own.hidden, size]);
    forEndings(endings, (row, unit) => {
      for (let i = 0; i < size; i++) logits[row * size + i] += UNIT * sparse[unit * size + i];
    });
    const gradient = weights.map((weight, i) => PRECISION * (weight - start[i]));
    const value = lossAndErrors(logits, none, followers, size) + inner(gradient, gradient) / PRECISION / 2;
    addProduct(transposed(logits, [rows, size]), hidden, gradient, [size, rows, own.hidden]);
    forEndings(endings, (row, unit) => {
      const to = output.length + unit * size;
      for (let i = 0; i < size; i++) gradient[to + i] += UNIT * logits[row * size + i];
    });
    return [value, gradient];
  };
  return minimise(valueAndGradient, start, STEPS, onProgress);
}

/** Calls with each row and each of its endings, the empty one last. */
function forEndings({ present, count }, call) {
  for (let place = 0; place < present.length; place++) {
    const row = Math.floor(place / LONGEST_ENDING);
    if (present[place] >= 0) call(row, present[place]);
    if (place % LONGEST_ENDING === LONGEST_ENDING - 1) call(row, count);
  }
}

/**
 * An `mlp` that computes all this. Its embedding is [C | identity], so that 4 (matching characters - (k - 1)) is linear
 * in it: 4 where all k characters of an ending match, else 0, -4, …, of which GELU leaves 0.
 */
function adaptedModel(own, { vocabulary, bias, endings, weights }) {
  const { embedding, weight1, width, size, hidden, contextSize, output } = own;
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
  const sparse = transposed(weights.subarray(output.length), [endings.count + 1, size]);
  const predicting = Array.from({ length: size }, (_, token) => [
    weights.subarray(token * hidden, (token + 1) * hidden),
    sparse.subarray(token * (endings.count + 1), (token + 1) * (endings.count + 1) - 1),
  ]);
  return {
    family: "mlp", vocabulary,
    settings: { context_size: contextSize, embedding_size: wide, hidden_layers: 1, activation: "gelu" },
    tensors: {
      embedding: both,
      "hidden.0.weight": reading,
      "hidden.0.bias": joined([bias, Float32Array.from(endings.tokens, (tokens) => -UNIT * (tokens.length - 1))]),
      "output.weight": joined(predicting.flat()),
      "output.bias": weights.slice(-size).map((weight) => UNIT * weight),
    },
  };
}
