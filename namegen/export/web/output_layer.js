// Step 2 of an adaptation, the output layer W:
//
//     minimise  -Σ ln softmax(h W)[target] + λ/2 ‖W - W₀‖²
//
// where h are the hidden units and, for each frequent ending of a context, a unit that is 4 where it ends so. A context
// has at most three endings, so they are added apart. W has a row for each unit, for each ending, and one for none.

const PRECISION = 45;
const UNIT = 4;
const [LONGEST_ENDING, MOST_ENDINGS] = [3, 512];
const OUTPUT_STEPS = 15;

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

/** W₀: the pretrained weights, and 0 for endings. */
function outputStart({ output, bias2, scale, hidden, size }, z, endings) {
  const scales = timesMatrix(z, scale, hidden).map((n) => 1 + n);
  const start = new Float32Array(size * (hidden + endings + 1));
  start.set(transposed(output, [size, hidden]).map((weight, i) => weight * scales[Math.floor(i / size)]));
  start.set(bias2.map((bias) => bias / UNIT), (hidden + endings) * size);
  return start;
}

function fitOutput({ own, hidden, endings, followers }, start, onStep) {
  const { size } = own;
  const rows = followers.length / size;
  const dense = own.hidden * size;
  const byUnit = transposed(hidden, [rows, own.hidden]);
  const logits = new Float32Array(rows * size);
  const none = new Float32Array(size);
  const predict = (weights) => {
    productWithTransposed(hidden, transposed(weights.subarray(0, dense), [own.hidden, size]), logits, [rows, own.hidden, size]);
    forEndings(endings, (row, unit) => {
      for (let i = 0; i < size; i++) logits[row * size + i] += UNIT * weights[dense + unit * size + i];
    });
  };
  /** Σ over rows of what each unit is there (or its square, where `byUnit` and `UNIT` are squares) × a number a token. */
  const overRows = (units, unit, numbers) => {
    const sums = new Float32Array(start.length);
    productWithTransposed(units, transposed(numbers, [rows, size]), sums.subarray(0, dense), [own.hidden, rows, size]);
    forEndings(endings, (row, ending) => {
      for (let i = 0; i < size; i++) sums[dense + ending * size + i] += unit * numbers[row * size + i];
    });
    return sums;
  };
  const valueAndGradient = (weights) => {
    predict(weights);
    const away = weights.map((weight, i) => weight - start[i]);
    const value = lossAndErrors(logits, none, followers, size) + (PRECISION / 2) * dot(away, away);
    return [value, () => overRows(byUnit, UNIT, logits).map((sum, i) => sum + PRECISION * away[i])];
  };
  predict(start);
  const bends = overRows(byUnit.map((h) => h * h), UNIT * UNIT, spreads(logits, followers, size));
  const curvatures = bends.map((sum) => sum + PRECISION);
  return minimise(valueAndGradient, start, { steps: OUTPUT_STEPS, curvatures, onStep });
}

/** total × p (1 - p) for each row of logits. */
function spreads(logits, counts, size) {
  const found = new Float32Array(logits.length);
  for (let from = 0; from < logits.length; from += size) {
    const total = sum(counts.subarray(from, from + size));
    found.set(softmax(logits.subarray(from, from + size)).map((p) => total * p * (1 - p)), from);
  }
  return found;
}

/** Calls with each row and each of its endings, the empty one last. */
function forEndings({ present, count }, call) {
  for (let place = 0; place < present.length; place++) {
    const row = Math.floor(place / LONGEST_ENDING);
    if (present[place] >= 0) call(row, present[place]);
    if (place % LONGEST_ENDING === LONGEST_ENDING - 1) call(row, count);
  }
}
