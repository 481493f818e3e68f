"use strict";

// The model: what `namegen.models` computes. Every family answers one question: after this context (token indices,
// oldest first, padded on the left with the boundary, 0), how probable is each token next? Nothing here draws names or
// needs a page.

const BOUNDARY = 0;

function modelOf(description) {
  const families = { bigram: Bigram, ngram: Ngram, mlp: MLP, blend: Blend };
  return new families[description.family](description);
}

// ---- bigram: P = (N + α) / (N + α).sum(1, keepdim=True) -------------------------------------------------------------

class Bigram {
  constructor({ vocabulary, settings, tensors }) {
    this.vocabSize = [...vocabulary].length + 1;
    this.contextSize = 1;
    this.smoothing = settings.smoothing;
    this.counts = tensors.counts;
  }

  probabilities(context) {
    const row = context.at(-1) * this.vocabSize;
    const smoothed = Float64Array.from(this.counts.subarray(row, row + this.vocabSize), (n) => n + this.smoothing);
    const total = sum(smoothed);
    return smoothed.map((n) => (total > 0 ? n / total : 1 / this.vocabSize));
  }
}

// ---- ngram: interpolated modified Kneser-Ney (Chen & Goodman 1998) --------------------------------------------------

const FALLBACK_DISCOUNTS = [0, 0.5, 1, 1.5];

class Ngram {
  constructor({ vocabulary, settings, tensors }) {
    this.vocabSize = [...vocabulary].length + 1;
    this.contextSize = settings.order - 1;
    this.orders = Array.from({ length: settings.order }, (_, length) => new Order(within(tensors, `levels.${length}.`)));
  }

  /** From the uniform distribution on, each longer history mixes in what was seen after it. */
  probabilities(context) {
    const probabilities = new Float64Array(this.vocabSize).fill(1 / this.vocabSize);
    let history = 0;
    this.orders[0].mixInto(probabilities, history);
    for (let length = 1; length <= this.contextSize; length++) {
      history = this.orders[length].find(history * this.vocabSize + context.at(-length));
      if (history < 0) break;
      this.orders[length].mixInto(probabilities, history);
    }
    return probabilities;
  }
}

/** All histories of one length: sorted keys, and for each the tokens that followed it, with their counts. */
class Order {
  constructor({ keys, ends, followers, counts, discounts, dropped }) {
    Object.assign(this, { keys, ends, followers, counts, dropped });
    this.discounts = discounts ?? discountsOf(counts); // of a pruned order they are stored
  }

  /** The number of the history with this key, or -1. */
  find(key) {
    const place = lowerBound(this.keys, key);
    return this.keys[place] === key ? place : -1;
  }

  /** p(w | h) = (c(hw) - D(c(hw))) / c(h·) + γ(h) p(w | h'),  where γ(h) is what the discounts saved. */
  mixInto(probabilities, history) {
    const { counts, followers } = this;
    const start = history ? this.ends[history - 1] : 0;
    const end = this.ends[history];
    const dropped = this.dropped ? this.dropped[history] : 0; // the counts of what was pruned
    let total = dropped;
    let saved = dropped;
    for (let i = start; i < end; i++) {
      total += counts[i];
      saved += this.discount(counts[i]);
    }
    const backoff = saved / total;
    for (let token = 0; token < probabilities.length; token++) probabilities[token] *= backoff;
    for (let i = start; i < end; i++) probabilities[followers[i]] += (counts[i] - this.discount(counts[i])) / total;
  }

  discount(count) {
    return this.discounts[Math.min(count, 3)];
  }
}

/** Y = n₁ / (n₁ + 2n₂);  D₁ = 1 - 2Y n₂/n₁,  D₂ = 2 - 3Y n₃/n₂,  D₃ = 3 - 4Y n₄/n₃. */
function discountsOf(counts) {
  const n = new Float64Array(6);
  for (const count of counts) n[Math.min(count, 5)]++;
  if (!n[1] || !n[2] || !n[3]) return FALLBACK_DISCOUNTS;
  const y = n[1] / (n[1] + 2 * n[2]);
  const found = [0, 1, 2, 3].map((count) => (count ? count - ((count + 1) * y * n[count + 1]) / n[count] : 0));
  const sane = [1, 2, 3].every((count) => found[count] > 0 && found[count] < count);
  return sane ? found : FALLBACK_DISCOUNTS;
}

// ---- mlp: the network of Bengio et al. 2003 -------------------------------------------------------------------------

class MLP {
  constructor({ vocabulary, settings, tensors }) {
    this.vocabSize = [...vocabulary].length + 1;
    this.contextSize = settings.context_size;
    this.embeddingSize = settings.embedding_size;
    this.activation = settings.activation === "tanh" ? Math.tanh : gelu;
    this.embedding = tensors.embedding;
    this.output = within(tensors, "output.");
    this.hidden = Array.from({ length: settings.hidden_layers }, (_, i) => within(tensors, `hidden.${i}.`));
    this.norms = this.hidden.slice(1).map((_, i) => within(tensors, `norms.${i}.`));
    this.firstLayer = this.hidden[0] ?? this.output;
    this.summands = new Map();
  }

  probabilities(context) {
    let x = this.firstSums(context);
    if (!this.hidden.length) return softmax(x);
    x = x.map(this.activation);
    this.norms.forEach((norm, i) => {
      const residual = linear(this.hidden[i + 1], layerNorm(norm, x));
      x = x.map((h, unit) => h + this.activation(residual[unit]));
    });
    return softmax(linear(this.output, x));
  }

  /** x W₁ + b₁, where x are the rows of C side by side: the sum of what each token adds at its place. */
  firstSums(context) {
    const sums = new Float32Array(this.firstLayer.bias);
    context.forEach((token, place) => {
      const summand = this.summand(token, place);
      for (let unit = 0; unit < sums.length; unit++) sums[unit] += summand[unit];
    });
    return sums;
  }

  /** What a token at a place adds to every unit; computed once and kept. */
  summand(token, place) {
    const key = token * this.contextSize + place;
    if (!this.summands.has(key)) {
      const size = this.embeddingSize;
      const row = this.embedding.subarray(token * size, (token + 1) * size);
      const { weight, bias } = this.firstLayer;
      const width = this.contextSize * size;
      this.summands.set(key, Float32Array.from(bias, (_, unit) => dot(weight, unit * width + place * size, row)));
    }
    return this.summands.get(key);
  }
}

function linear({ weight, bias }, x) {
  return bias.map((b, unit) => b + dot(weight, unit * x.length, x));
}

/** x made to have mean 0 and variance 1, then a weight and a bias for each unit (Ba et al. 2016). */
function layerNorm({ weight, bias }, x) {
  const mean = sum(x) / x.length;
  const variance = sum(x.map((h) => (h - mean) ** 2)) / x.length;
  const deviation = Math.sqrt(variance + 1e-5);
  return x.map((h, unit) => ((h - mean) / deviation) * weight[unit] + bias[unit]);
}

/** x Φ(x), with the normal distribution function Φ (Hendrycks & Gimpel 2016). */
function gelu(x) {
  return (x * (1 + errorFunction(x / Math.SQRT2))) / 2;
}

/** erf to within 1.5e-7 (Abramowitz & Stegun 1964, 7.1.26). */
function errorFunction(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - polynomial * Math.exp(-x * x));
}

// ---- blend: p = Σ wᵢ pᵢ ---------------------------------------------------------------------------------------------

class Blend {
  constructor({ vocabulary, settings, tensors }) {
    this.vocabSize = [...vocabulary].length + 1;
    this.weights = tensors.weights;
    this.members = settings.members.map((member, i) => modelOf({ ...member, tensors: within(tensors, `members.${i}.`) }));
    this.translations = settings.members.map((member) => new Translation(vocabulary, member.vocabulary));
    this.contextSize = Math.max(...this.members.map((member) => member.contextSize));
  }

  probabilities(context) {
    const mixed = new Float64Array(this.vocabSize);
    this.members.forEach((member, i) => {
      const inner = this.translations[i].inwards(context.slice(-member.contextSize));
      const found = this.translations[i].outwards(member.probabilities(inner));
      for (let token = 0; token < mixed.length; token++) mixed[token] += this.weights[i] * found[token];
    });
    return mixed;
  }
}

/** Models blended with equal weights, or those given; as `modelOf` takes it. */
function blendOf(models, weights = models.map(() => 1 / models.length)) {
  const tensors = { weights };
  models.forEach((model, i) => {
    for (const [name, tensor] of Object.entries(model.tensors)) tensors[`members.${i}.${name}`] = tensor;
  });
  return { family: "blend", vocabulary: vocabularyOf(models.map((model) => model.vocabulary)), settings: { members: models }, tensors };
}

/** The characters of texts in code-point order, as one text. */
function vocabularyOf(texts) {
  const codes = [...new Set(texts.join(""))].map((character) => character.codePointAt(0));
  return codes.sort((a, b) => a - b).map((code) => String.fromCodePoint(code)).join("");
}

/** Between the tokens of a blend and those of a member that knows fewer, or orders them otherwise. */
class Translation {
  constructor(outer, inner) {
    this.same = outer === inner;
    const known = [...inner];
    this.innerOf = [BOUNDARY, ...[...outer].map((character) => known.indexOf(character) + 1 || -1)];
  }

  /** Everything up to the last character that the member does not know becomes the boundary. */
  inwards(context) {
    const inner = context.map((token) => this.innerOf[token]);
    const lastUnknown = inner.lastIndexOf(-1);
    return inner.map((token, place) => (place <= lastUnknown ? BOUNDARY : token));
  }

  /** A character that the member does not know gets its smallest probability; then all are made to sum to 1. */
  outwards(probabilities) {
    if (this.same) return probabilities;
    const least = probabilities.reduce((a, b) => Math.min(a, b));
    const spread = Float64Array.from(this.innerOf, (inner) => (inner < 0 ? least : probabilities[inner]));
    const total = sum(spread);
    return spread.map((p) => p / total);
  }
}

// ---- Shared by all --------------------------------------------------------------------------------------------------

/** The tensors whose names begin with a prefix, under the rest of their names. */
function within(tensors, prefix) {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function sum(numbers) {
  let total = 0;
  for (let i = 0; i < numbers.length; i++) total += numbers[i];
  return total;
}

/** The dot product of x and a matrix's numbers from `start` on; in four sums, for speed. */
function dot(matrix, start, x) {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < x.length; i += 4) {
    a += matrix[start + i] * x[i];
    b += matrix[start + i + 1] * x[i + 1];
    c += matrix[start + i + 2] * x[i + 2];
    d += matrix[start + i + 3] * x[i + 3];
  }
  for (; i < x.length; i++) a += matrix[start + i] * x[i];
  return a + b + c + d;
}

function softmax(logits) {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = sum(powers);
  return powers.map((power) => power / total);
}

/** The first place in a sorted array whose value is not below this one. */
function lowerBound(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
