// The model: what `namegen.models` computes. Every family answers one question: after this context (token indices,
// oldest first, padded on the left with the boundary, 0), how probable is each token next? Nothing here draws names or
// needs a page.

const BOUNDARY = 0;

function modelOf(description) {
  const families = { bigram: Bigram, ngram: Ngram, mlp: MLP, blend: Blend };
  return new families[description.family](description);
}

/** The tensors whose names begin with a prefix, under the rest of their names. */
function within(tensors, prefix) {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/** P = (N + α) / (N + α).sum(1, keepdim=True) */
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
