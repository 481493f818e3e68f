"use strict";

// Names from a model: random numbers, sampling under constraints, the surprisal of each letter, and which names are on
// the list. Nothing here needs a page, so that it runs wherever JavaScript does.

const MAX_NAME_LENGTH = 200;
const CACHED_NUMBERS = 1 << 21; // probabilities after recent contexts: 16 MB

/** Random numbers from 0 to below 1, the same for the same seed: xoshiro128** (Blackman & Vigna 2018). */
function randomNumbers(seed) {
  const rotate = (x, bits) => (x << bits) | (x >>> (32 - bits));
  const state = Int32Array.from({ length: 4 }, () => {
    seed = (seed + 0x9e3779b9) | 0; // SplitMix32: near seeds give states that are far apart
    let mixed = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  });
  return () => {
    const drawn = Math.imul(rotate(Math.imul(state[1], 5), 7), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 11);
    return drawn / 2 ** 32;
  };
}

/** A model with its alphabet and the hashes of the names on its list. */
class Sampler {
  constructor({ model, known, title, folded, usualLengths, minP }) {
    this.model = modelOf(model);
    this.symbols = ["", ...model.vocabulary];
    this.tokens = new Map(this.symbols.map((symbol, token) => [symbol, token]));
    Object.assign(this, { known, usualLengths, minP });
    this.titleLetters = new Map(Object.entries(title));
    this.foldedLetters = new Map(Object.entries(folded));
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

  /**
   * Draw without end, and yield each sample: a name that meets the constraints and has not come before, or null. The
   * beginning is conditioning, all else rejection, so the distribution is the model's own after `shape`, given the
   * constraints.
   */
  *draw({ seed, temperature = 1, minP = 0, start = "", end = "", min = 1, max = MAX_NAME_LENGTH, allowKnown = false }) {
    const random = randomNumbers(seed);
    const seen = new Set();
    while (true) {
      const name = this.drawOne(random, { temperature, minP, start, max });
      const accepted =
        name !== null && name.length && name === name.trim().normalize() && name.endsWith(end) &&
        [...name].length >= min && !seen.has(this.folded(name)) && (allowKnown || !this.isKnown(name));
      if (accepted) seen.add(this.folded(name));
      yield accepted ? name : null;
    }
  }

  /** One name, or null where it does not end in time. */
  drawOne(random, { temperature, minP, start, max }) {
    const tokens = [...start].map((character) => this.tokens.get(character));
    while (tokens.length <= max) {
      const token = choose(shape(this.next(tokens), temperature, minP), random());
      if (token === BOUNDARY) return tokens.map((index) => this.symbols[index]).join("");
      tokens.push(token);
    }
    return null;
  }

  /** -ln p of each character of a name after those before it, and last of its end. In nats. */
  surprisal(name) {
    const tokens = [...name].map((character) => this.tokens.get(character));
    return [...tokens, BOUNDARY].map((token, place) => -Math.log(this.next(tokens.slice(0, place))[token]));
  }

  /** A name as it is displayed, as `--case` does: title (Anna-Lena, O'Neil), upper, lower, or keep. */
  inCase(name, wanted) {
    if (wanted === "title") return this.titled(name);
    if (wanted === "upper") return name.toUpperCase().normalize();
    return wanted === "lower" ? name.toLowerCase().normalize() : name;
  }

  /** A name with a capital for the first letter of each of its words. */
  titled(name) {
    const firsts = /(?:(?<=^|[\s-])|(?<=['’])(?=[\p{L}\p{N}_]{2}))[\p{L}\p{N}_]/gu;
    return name.toLowerCase().replace(firsts, (letter) => this.titleLetters.get(letter) ?? letter).normalize();
  }

  /** A name as names are compared, capitals and small letters alike. */
  folded(name) {
    return [...name].map((character) => this.foldedLetters.get(character) ?? character).join("").normalize();
  }

  /** Whether a name is on the list; of the names that are not, one in a million is mistaken for one that is. */
  isKnown(name) {
    const { hashes, bits } = this.known;
    const hash = Number(hashOf(this.folded(name)) >> BigInt(64 - bits));
    return hashes[lowerBound(hashes, hash)] === hash;
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

/** The hash of `Names.hashes` in Python, 64 bits: the sum over characters of a mixed (place, code point), mixed. */
function hashOf(name) {
  const numbers = [...name].map((character, place) => (BigInt(place) << 32n) + BigInt(character.codePointAt(0)));
  return mix64(numbers.map(mix64).reduce((a, b) => a + b, 0n));
}

/** The finaliser of SplitMix64 (Steele, Lea & Flood 2014). */
function mix64(x) {
  x = BigInt.asUintN(64, x + 0x9e3779b97f4a7c15n);
  x = BigInt.asUintN(64, (x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n);
  x = BigInt.asUintN(64, (x ^ (x >> 27n)) * 0x94d049bb133111ebn);
  return x ^ (x >> 31n);
}
