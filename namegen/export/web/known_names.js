/** The names on a list: themselves, or hashes, of which one new name in a million is mistaken for one. */
class KnownNames {
  constructor({ names, hashes, bits, letterForLetter }) {
    Object.assign(this, { hashes, bits });
    this.spell = letterForLetter ? (name) => name : folded;
    this.names = names && new Set(names.map(folded));
  }

  has(name) {
    if (this.names) return this.names.has(folded(name));
    const hash = Number(hashOf(this.spell(name)) >> BigInt(64 - this.bits));
    return this.hashes[lowerBound(this.hashes, hash)] === hash;
  }
}
