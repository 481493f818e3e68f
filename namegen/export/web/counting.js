// Names to counts: the contexts of names with what follows them, and the counts of an n-gram model.

/** The tokens of each name, with the boundary that ends it. */
function tokensOf(names, vocabulary) {
  const numbers = new Map([...vocabulary].map((character, place) => [character, place + 1]));
  return names.map((name) => [...Array.from(name, (character) => numbers.get(character)), BOUNDARY]);
}

/** Each distinct context of names, and how often every token follows it: contexts (rows × context), followers. */
function rowsOf(names, vocabulary, contextSize) {
  const width = [...vocabulary].length + 1;
  const found = new Map();
  for (const tokens of tokensOf(names, vocabulary)) {
    let context = Array(contextSize).fill(BOUNDARY);
    for (const target of tokens) {
      const key = String.fromCharCode(...context);
      if (!found.has(key)) found.set(key, { context, followers: new Float32Array(width) });
      found.get(key).followers[target]++;
      context = [...context.slice(1), target];
    }
  }
  const rows = [...found.values()];
  const followers = new Float32Array(rows.length * width);
  rows.forEach((row, place) => followers.set(row.followers, place * width));
  return { contexts: rows.map((row) => row.context), followers };
}

/**
 * The n-gram model of names, as `modelOf` takes it. Counts of the longest histories, and of those that begin a name, are
 * how often a token follows; all others, in how many contexts it does (Kneser & Ney 1995).
 */
function ngramOf(names, vocabulary, order = 6) {
  const width = [...vocabulary].length + 1;
  const sequences = tokensOf(names, vocabulary);
  const tensors = {};
  let longer = null;
  const counts = Array.from({ length: order }, (_, length) => occurrences(sequences, length));
  for (let length = order - 1; length >= 0; length--) {
    const own = counts[length];
    if (longer) {
      const contexts = new Map();
      for (const key of longer.keys()) contexts.set(key.slice(1), (contexts.get(key.slice(1)) ?? 0) + 1);
      for (const key of own.keys()) if (!length || key.charCodeAt(0) !== BOUNDARY) own.set(key, contexts.get(key));
    }
    longer = own;
  }
  let numbers = new Map([["", 0]]); // of the histories that are one token shorter
  counts.forEach((own, length) => {
    const histories = sortedHistories(own, length, numbers, width);
    for (const [name, values] of Object.entries(levelOf(histories))) tensors[`levels.${length}.${name}`] = values;
    numbers = new Map(histories.map(({ history }, place) => [history, place]));
  });
  return { family: "ngram", vocabulary, settings: { order }, tensors };
}

/** How often each history of a length, of which its oldest token alone may be the boundary, comes before each token. */
function occurrences(sequences, length) {
  const counts = new Map();
  for (const tokens of sequences) {
    const codes = String.fromCharCode(BOUNDARY, ...tokens);
    for (let end = Math.max(length + 1, 2); end <= codes.length; end++) {
      const key = codes.slice(end - 1 - length, end);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

/** Histories in the order of their keys: the number of the history one token shorter, then the oldest token. */
function sortedHistories(counts, length, numbers, width) {
  const found = new Map();
  for (const [ngram, count] of counts) {
    const history = ngram.slice(0, length);
    if (!found.has(history)) {
      const key = length ? numbers.get(history.slice(1)) * width + history.charCodeAt(0) : 0;
      found.set(history, { history, key, followers: [] });
    }
    found.get(history).followers.push([ngram.charCodeAt(length), count]);
  }
  return [...found.values()].sort((a, b) => a.key - b.key);
}

function levelOf(histories) {
  const followers = histories.map((history) => history.followers.sort(([a], [b]) => a - b));
  return {
    keys: Float64Array.from(histories, ({ key }) => key),
    ends: runningSums(followers.map((of) => of.length)),
    followers: Float64Array.from(followers.flat(), ([token]) => token),
    counts: Float64Array.from(followers.flat(), ([, count]) => count),
  };
}
