// Whether `end` and `contains` can be met at all: known from few samples, where drawing names until one meets them would
// take long. The chance that a sample does is the sum over its places of the probability that the text comes there.

const SAMPLES_CHECKED = 500;
const LEAST_CHANCE = 1 / 400000;

/** Yields after each sample that it looks at. Returns what cannot be met, in plain words: by constraint. */
function* hopeless(sampler, constraints) {
  const wanted = sampler.complete(constraints);
  const random = randomNumbers(wanted.seed);
  const start = sampler.tokensOf(wanted.start);
  const asked = ["end", "contains"].filter((id) => wanted[id]);
  const totals = { end: 0, contains: 0 };
  for (let count = 0; count < SAMPLES_CHECKED; count++) {
    if (asked.every((id) => totals[id] > LEAST_CHANCE * SAMPLES_CHECKED)) return {};
    const tokens = sampler.drawTokens(random, wanted);
    const length = tokens.at(-1) === BOUNDARY ? tokens.length - 1 : tokens.length;
    for (const id of asked) for (let place = 0; place <= length; place++) totals[id] += chanceAt(id, tokens.slice(0, place));
    yield;
  }
  const words = { end: "end so", contains: "contain this" };
  const missed = asked.filter((id) => totals[id] <= LEAST_CHANCE * SAMPLES_CHECKED);
  return Object.fromEntries(missed.map((id) => [id, `Names like these hardly ever ${words[id]}. Change it, or loosen the other settings.`]));

  /** The probability that the text comes after these tokens, in a name that begins and is as long as it is to be. */
  function chanceAt(id, tokens) {
    const text = sampler.tokensOf(wanted[id]);
    const length = tokens.length + text.length;
    if (length > wanted.max || (id === "end" && length < wanted.min)) return 0;
    let chance = 1;
    for (const token of id === "end" ? [...text, BOUNDARY] : text) {
      if (tokens.length < start.length) chance *= token === start[tokens.length] ? 1 : 0;
      else chance *= shareOf(token, sampler.shaped(tokens, wanted));
      if (!chance) return 0;
      tokens.push(token);
    }
    return chance;
  }
}

function shareOf(token, probabilities) {
  return probabilities[token] && probabilities[token] / sum(probabilities);
}
