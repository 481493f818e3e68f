// The network of Bengio et al. 2003.

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
      this.summands.set(key, Float32Array.from(bias, (_, unit) => dot(row, weight, unit * width + place * size)));
    }
    return this.summands.get(key);
  }
}

function linear({ weight, bias }, x) {
  return bias.map((b, unit) => b + dot(x, weight, unit * x.length));
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
  return x * normalProbability(x, Math.exp((-x * x) / 2));
}
