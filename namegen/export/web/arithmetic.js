// Sums, products and places of numbers.

function sum(numbers) {
  let total = 0;
  for (let i = 0; i < numbers.length; i++) total += numbers[i];
  return total;
}

/** The dot product of x and other numbers from `start` on, such as a row of a matrix; in four sums, for speed. */
function dot(x, numbers, start = 0) {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < x.length; i += 4) {
    a += x[i] * numbers[start + i];
    b += x[i + 1] * numbers[start + i + 1];
    c += x[i + 2] * numbers[start + i + 2];
    d += x[i + 3] * numbers[start + i + 3];
  }
  for (; i < x.length; i++) a += x[i] * numbers[start + i];
  return a + b + c + d;
}

function softmax(logits) {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = sum(powers);
  return powers.map((power) => power / total);
}

/** Φ(x), given exp(-x²/2), to within 1e-7 (Abramowitz & Stegun 1964, 7.1.26). */
function normalProbability(x, density) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x) * Math.SQRT1_2);
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * density / 2;
  return x > 0 ? 1 - tail : tail;
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
