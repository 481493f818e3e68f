// The n-gram model: interpolated modified Kneser-Ney (Chen & Goodman 1998).

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
