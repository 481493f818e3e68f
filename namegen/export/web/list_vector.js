// Step 1 of an adaptation, the vector z of a list:
//
//     minimise  -Σ ln p(target | context, z) + ½ (z - μ)ᵀ Σ⁻¹ (z - μ)

const VECTOR_STEPS = 30;

/** It starts from the mean of the lists' vectors. */
function fitVector(own, names, vocabulary, onStep) {
  const { contexts, followers } = rowsOf(names, vocabulary, own.contextSize);
  return minimise(vectorLoss(own, readSums(own, contexts), followers), own.priorMean, { steps: VECTOR_STEPS, onStep });
}

/** The function of z that is minimised: its value and its gradient. */
function vectorLoss(own, read, followers) {
  const { hidden, size, shift, scale, output, bias2, bias1, priorMean, priorPrecision } = own;
  const rows = read.length / hidden;
  const outputByUnit = transposed(output, [size, hidden]);
  const [h, slopes, scaled] = [1, 2, 3].map(() => new Float32Array(rows * hidden));
  const logits = new Float32Array(rows * size);
  return (z) => {
    const bias = timesMatrix(z, shift, hidden).map((n, unit) => n + bias1[unit]);
    const scales = timesMatrix(z, scale, hidden).map((n) => 1 + n);
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
    const pull = timesMatrix(away, priorPrecision, z.length);
    const value = lossAndErrors(logits, bias2, followers, size) + dot(away, pull) / 2;
    return [value, () => {
      const back = scaled; // the gradient of what the output layer reads
      productWithTransposed(logits, outputByUnit, back, [rows, size, hidden]);
      const [byShift, byScale] = [new Float32Array(hidden), new Float32Array(hidden)];
      for (let i = 0, unit = 0; i < h.length; i++, unit = unit + 1 === hidden ? 0 : unit + 1) {
        byShift[unit] += back[i] * slopes[i];
        byScale[unit] += back[i] * h[i];
      }
      return pull.map((n, i) => n + dot(byShift, shift, i * hidden) + dot(byScale, scale, i * hidden));
    }];
  };
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
