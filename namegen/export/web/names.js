"use strict";

// Names from a model: random numbers, drawing under wishes, the surprise of each letter, and which names are on the
// list. Nothing here knows of a page, so that it runs wherever JavaScript does.

const LONGEST_NAME = 200;
const NUMBERS_REMEMBERED = 1 << 21; // probabilities after contexts met lately: 16 MB

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

/** A model together with its alphabet and the list it learned from. */
class Namer {
  constructor({ model, known, capitals }) {
    this.model = modelOf(model);
    this.symbols = ["", ...model.vocabulary];
    this.tokens = new Map(this.symbols.map((symbol, token) => [symbol, token]));
    this.known = known;
    this.capitals = new Map(Object.entries(capitals));
    this.remembered = new Map();
  }

  /** The probabilities of every token after these ones; names begin alike, so what was asked lately is remembered. */
  next(tokens) {
    const size = this.model.contextSize;
    const padding = Math.max(0, size - tokens.length);
    const context = [...Array(padding).fill(BOUNDARY), ...tokens.slice(-size)];
    const key = context.join();
    let probabilities = this.remembered.get(key);
    if (!probabilities) {
      if (this.remembered.size * this.symbols.length > NUMBERS_REMEMBERED) this.remembered.clear();
      probabilities = this.model.probabilities(context);
      this.remembered.set(key, probabilities);
    }
    return probabilities;
  }

  /** A text as the model can spell it, in the other case where it knows a letter only so. */
  spell(text) {
    const respell = (c) => [c, c.toLowerCase(), c.toUpperCase()].find((spelled) => this.tokens.has(spelled)) ?? c;
    return [...text].map(respell).join("");
  }

  /** The characters of a text that the model never saw. */
  unknown(text) {
    return [...new Set(text)].filter((character) => !this.tokens.has(character));
  }

  /**
   * Draw without end, and yield what each try gave: a name that meets the wishes and was not given before, or null.
   * The beginning is given to the model; all other wishes are met by leaving names out, so that nothing is bent. A name
   * is new if it is so in the `spelling` that it will be shown in, too.
   */
  *draw({
    seed, temperature = 1, start = "", end = "", min = 1, max = LONGEST_NAME, allowKnown = false, spelling = String,
  }) {
    const random = randomNumbers(seed);
    const given = new Set();
    while (true) {
      const name = this.drawOne(random, temperature, start, max);
      const isWanted =
        name !== null && name.length && name === name.trim().normalize() && name.endsWith(end) &&
        [...name].length >= min && !given.has(spelling(name)) &&
        (allowKnown || !this.isOnList(name, spelling(name)));
      if (isWanted) given.add(spelling(name));
      yield isWanted ? name : null;
    }
  }

  /** One name, or null where it does not end in time. */
  drawOne(random, temperature, start, max) {
    const tokens = [...start].map((character) => this.tokens.get(character));
    while (tokens.length <= max) {
      const token = choose(heat(this.next(tokens), temperature), random());
      if (token === BOUNDARY) return tokens.map((index) => this.symbols[index]).join("");
      tokens.push(token);
    }
    return null;
  }

  /** -ln p of each character of a name after those before it, and last of its end. In nats. */
  surprises(name) {
    const tokens = [...name].map((character) => this.tokens.get(character));
    return [...tokens, BOUNDARY].map((token, place) => -Math.log(this.next(tokens.slice(0, place))[token]));
  }

  /** A name with a capital for the first letter of each of its words, as `--case title` gives it: Anna-Lena, O'Neil. */
  titled(name) {
    const firsts = /(?:(?<=^|[\s-])|(?<=['’])(?=[\p{L}\p{N}_]{2}))[\p{L}\p{N}_]/gu;
    return name.toLowerCase().replace(firsts, (letter) => this.capitals.get(letter) ?? letter).normalize();
  }

  /** Whether a name is on the list, as the model spells it or as it is shown. */
  isOnList(name, shown) {
    return this.isKnown(name) || this.isKnown(shown);
  }

  /** Whether a spelling is on the list; of those that are not, one in two millions is taken for one that is. */
  isKnown(name) {
    const { hashes, bits } = this.known;
    const hash = Number(hashOf(name) >> BigInt(64 - bits));
    return hashes[lowerBound(hashes, hash)] === hash;
  }
}

/** p to the power of 1/T, made to sum to 1. */
function heat(probabilities, temperature) {
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
  return last; // rounding left something over
}

/** The hash of `namegen.text.Names.hashes`, 64 bits: the sum over characters of a mixed (place, code point), mixed. */
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
