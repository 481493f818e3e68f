// Names from a model: sampling under constraints, and the surprisal of each letter. Nothing here needs a page, so that
// it runs wherever JavaScript does.

const MAX_NAME_LENGTH = 200;
const SHORT_LIST = 300; // names, from which new ones are two edits away unless they need not be
const SHORT_NAME = 4; // characters at most: of such names hardly any are two edits from all others
const MAX_TRIES = 20000; // give up after so many rejected samples in a row
const POOL = 1000; // names are drawn where those most like a name are wanted
const CACHED_NUMBERS = 1 << 21; // probabilities after recent contexts: 16 MB

/**
 * A model with its alphabet and its list; or several, blended with equal weights. Each is a `model` as `modelOf` takes
 * it, `known` as `KnownNames` takes it, `usualLengths`, and the `case` of its list.
 */
class Sampler {
  constructor(learned, minP) {
    const model = learned.length > 1 ? blendOf(learned.map((one) => one.model)) : learned[0].model;
    this.model = modelOf(model);
    this.symbols = ["", ...model.vocabulary];
    this.tokens = new Map(this.symbols.map((symbol, token) => [symbol, token]));
    this.minP = minP;
    this.known = learned.map(({ known }) => new KnownNames(known));
    this.hasNames = this.known.every(({ names }) => names);
    this.names = this.known.flatMap(({ names }) => Array.from(names ?? [], (name) => [...name]));
    this.usualLengths = [
      Math.min(...learned.map((one) => one.usualLengths[0])),
      Math.max(...learned.map((one) => one.usualLengths[1])),
    ];
    this.case = learned.every((one) => one.case === learned[0].case) ? learned[0].case : "title";
    this.hasCapitals = model.vocabulary.toLowerCase() !== model.vocabulary.toUpperCase();
    this.cache = new Map();
  }

  /** The probabilities of every token after these tokens; cached, for many names begin alike. */
  next(tokens) {
    const size = this.model.contextSize;
    const padding = Math.max(0, size - tokens.length);
    const context = [...Array(padding).fill(BOUNDARY), ...tokens.slice(-size)];
    const key = context.join();
    let probabilities = this.cache.get(key);
    if (!probabilities) {
      if (this.cache.size * this.symbols.length > CACHED_NUMBERS) this.cache.clear();
      probabilities = this.model.probabilities(context);
      this.cache.set(key, probabilities);
    }
    return probabilities;
  }

  /** A text in letters that the model knows: one that it does not know is taken in the other case. */
  spell(text) {
    const respell = (c) => [c, c.toLowerCase(), c.toUpperCase()].find((spelled) => this.tokens.has(spelled)) ?? c;
    return [...text].map(respell).join("");
  }

  /** The characters of a text that the model does not know. */
  unknown(text) {
    return [...new Set(text)].filter((character) => !this.tokens.has(character));
  }

  /** The constraints, with those that were left out: lengths and distance suit the list, unless `raw` asks for all. */
  complete({ raw = false, min, max, ...others }) {
    const [low, high] = raw ? [1, MAX_NAME_LENGTH] : this.usualLengths;
    const isShort = this.hasNames && this.names.length <= SHORT_LIST && high > SHORT_NAME;
    const isFar = isShort && !raw && !others.allowKnown;
    const defaults = {
      seed: 0, temperature: 1, minP: raw ? 0 : this.minP, start: "", end: "", contains: "",
      distance: isFar ? 2 : 1, allowKnown: false, blocked: null, min: min ?? (max <= low ? 1 : low), max: max ?? (min >= high ? MAX_NAME_LENGTH : high),
    };
    const given = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
    return { ...defaults, ...given };
  }

  /** What cannot be met in constraints that are complete, in plain words: by constraint, nothing where all can. */
  errorsIn({ start, end, contains, min, max, distance, allowKnown }) {
    const errors = {};
    const isLength = (number) => Number.isInteger(number) && number >= 1 && number <= MAX_NAME_LENGTH;
    for (const [id, text] of Object.entries({ start, end, contains })) {
      const unknown = this.unknown(text);
      if (unknown.length) errors[id] = `No name on the list contains ${unknown.map((c) => `“${c}”`).join(" or ")}.`;
      else if ([...text].length > max) errors[id] = "This is longer than the maximum length.";
    }
    if (!isLength(min)) errors.min = `From 1 to ${MAX_NAME_LENGTH}.`;
    if (!isLength(max)) errors.max = `From 1 to ${MAX_NAME_LENGTH}.`;
    else if (min > max) errors.max = "This is less than the minimum length.";
    if (!Number.isInteger(distance) || distance < 1 || distance > 5) errors.distance = "From 1 to 5.";
    else if (distance > 1 && allowKnown) errors.distance = "Names on the list are 0 edits from it. Leave one out.";
    else if (distance > 1 && !this.hasNames) errors.distance = "This page knows the list by its hashes alone.";
    return errors;
  }

  /**
   * Draw without end, and yield each sample: a name that meets the constraints and has not come before, or null. The
   * beginning is conditioning, all else rejection, so the distribution is the model's own after `shape`, given the
   * constraints.
   */
  *draw(constraints) {
    const wanted = this.complete(constraints);
    const random = randomNumbers(wanted.seed);
    const seen = new Set();
    while (true) {
      const name = this.drawOne(random, wanted);
      const accepted = name !== null && !seen.has(folded(name)) && this.meets(name, wanted);
      if (accepted) seen.add(folded(name));
      yield accepted ? name : null;
    }
  }

  meets(name, { end, contains, min, distance, allowKnown, blocked }) {
    return (
      name.length && name === name.trim().normalize() && name.endsWith(end) && name.includes(contains) &&
      [...name].length >= min && (allowKnown || !this.isKnown(name)) && !blocked?.has(name) &&
      (distance < 2 || this.distance(name, distance - 1) >= distance)
    );
  }

  /** One name, or null where it does not end in time. */
  drawOne(random, wanted) {
    const tokens = this.drawTokens(random, wanted);
    return tokens.at(-1) === BOUNDARY ? tokens.slice(0, -1).map((token) => this.symbols[token]).join("") : null;
  }

  /** The tokens of a name with its boundary, or without it one token more than a name may have. */
  drawTokens(random, wanted) {
    const tokens = this.tokensOf(wanted.start);
    while (tokens.length <= wanted.max) {
      tokens.push(choose(this.shaped(tokens, wanted), random()));
      if (tokens.at(-1) === BOUNDARY) break;
    }
    return tokens;
  }

  tokensOf(text) {
    return [...text].map((character) => this.tokens.get(character));
  }

  /** The probabilities that are drawn from after these tokens. */
  shaped(tokens, { temperature, minP }) {
    return shape(this.next(tokens), temperature, minP);
  }

  /** -ln p of each character of a name after those before it, and last of its end. In nats. */
  surprisal(name) {
    const tokens = this.tokensOf(name);
    const nats = [...tokens, BOUNDARY].map((token, place) => -Math.log(this.next(tokens.slice(0, place))[token]));
    return nats.map((one) => (Number.isNaN(one) ? Infinity : one)); // of a character that no name contains
  }

  /** Whether a name is on a list. */
  isKnown(name) {
    return this.known.some((list) => list.has(name));
  }

  /** How like each other two names are, as `--like` has it: 1 is the same, 0 shares nothing. */
  likeness(name, other) {
    const [one, two] = [[...folded(name)], [...folded(other)]];
    return 1 - edits(one, two) / Math.max(one.length, two.length, 1);
  }

  /** Names by how like another they are, the most similar first; ties in their order. */
  mostLike(wanted, names) {
    const likeness = new Map(names.map((name) => [name, this.likeness(name, wanted)]));
    return [...names].sort((a, b) => likeness.get(b) - likeness.get(a));
  }

  /** How many edits lead to the nearest name on the lists, where they are here; more than `most` is one more. */
  distance(name, most) {
    const asked = [...folded(name)];
    return this.names.reduce((least, listed) => Math.min(least, edits(asked, listed, Math.min(most, least))), most + 1);
  }
}

/** Probabilities after temperature, then with 0 for those below a share, min-p, of the largest; see `choose` for sums. */
function shape(probabilities, temperature, minP) {
  const tempered = applyTemperature(probabilities, temperature);
  if (!minP) return tempered;
  const least = minP * tempered.reduce((a, b) => Math.max(a, b), 0);
  return tempered.map((p) => (p < least ? 0 : p));
}

/** p to the power of 1/T, made to sum to 1. */
function applyTemperature(probabilities, temperature) {
  if (temperature === 1) return probabilities;
  return softmax(probabilities.map((p) => Math.log(p) / temperature));
}

/** The token at which the running sum of the probabilities passes a share of the whole. */
function choose(probabilities, share) {
  let left = share * sum(probabilities);
  let last = 0;
  for (let token = 0; token < probabilities.length; token++) {
    if (probabilities[token] > 0) last = token;
    left -= probabilities[token];
    if (left < 0) return token;
  }
  return last; // rounding left a remainder
}
