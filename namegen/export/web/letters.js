// What is done to names as texts: capitals, comparison, hashes. JavaScript has no `title` and no `casefold`; where they
// differ from `toUpperCase` and `toLowerCase`, the tables say so, which come with the models (see `packing`), as do the
// combining marks.

const letters = { title: new Map(), folded: new Map(), marks: new Set() };

function setLetters({ title, folded, marks }) {
  letters.title = new Map(Object.entries(title));
  letters.folded = new Map(Object.entries(folded));
  letters.marks = new Set(marks);
}

/** A name in the case that is wanted, as `--case` gives it: title (Anna-Lena, O'Neil), upper, lower, or keep. */
function inCase(name, wanted) {
  if (wanted === "title") return titled(name);
  if (wanted === "upper") return name.toUpperCase().normalize();
  return wanted === "lower" ? name.toLowerCase().normalize() : name;
}

/** A name with a capital for the first letter of each of its words. */
function titled(name) {
  const firsts = /(?:(?<=^|[\s-])|(?<=['’])(?=[\p{L}\p{N}_]{2}))[\p{L}\p{N}_]/gu;
  return name.toLowerCase().replace(firsts, (letter) => letters.title.get(letter) ?? letter.toUpperCase()).normalize();
}

/** A name as names are compared, capitals and small letters alike. */
function folded(name) {
  return [...name].map((c) => letters.folded.get(c) ?? c.toLowerCase()).join("").normalize();
}

/** The case that most names are written in; of two with as many, the one that came first. */
function usualCase(names) {
  const counts = new Map();
  for (const name of names) {
    const found = caseOf(name);
    if (found) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return [...counts].reduce((most, next) => (next[1] > most[1] ? next : most), ["lower", 0])[0];
}

function caseOf(name) {
  const [first] = name;
  if ([...name].length > 1 && /\p{Uppercase}/u.test(name) && !/\p{Lowercase}|\p{Lt}/u.test(name)) return "upper";
  if (first.toLowerCase() !== first) return "title";
  return first.toUpperCase() !== first ? "lower" : null;
}

/** The 1st and the 99th percentile of the lengths of names. */
function usualLengths(names) {
  const counts = new Float64Array(MAX_NAME_LENGTH + 1);
  for (const name of names) counts[[...name].length]++;
  const shares = runningSums(counts).map((count) => count / names.length);
  return [shares.filter((share) => share <= 0.01).length, shares.filter((share) => share < 0.99).length].map((length) =>
    Math.max(1, length),
  );
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

/** At most so many of the names, chosen by their hashes; in the order of the list. */
function chooseAtMost(few, names) {
  if (names.length <= few) return names;
  const salt = mix64(BigInt.asUintN(64, -1n));
  const shares = Float64Array.from(names, (name) => Number(mix64(hashOf(folded(name)) ^ salt) >> 11n));
  const order = Array.from(names.keys()).sort((a, b) => shares[a] - shares[b] || a - b);
  return order.slice(0, few).sort((a, b) => a - b).map((place) => names[place]);
}

/** How many insertions, deletions and changes lead from one text to another (Levenshtein 1966); `most` + 1 for more. */
function edits(one, other, most = Infinity) {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let above = Array.from({ length: other.length + 1 }, (_, place) => place);
  for (let i = 0; i < one.length; i++) {
    const row = [i + 1];
    let least = i + 1;
    for (let j = 0; j < other.length; j++) {
      row.push(Math.min(above[j] + (one[i] === other[j] ? 0 : 1), above[j + 1] + 1, row[j] + 1));
      least = Math.min(least, row[j + 1]);
    }
    if (least > most) return most + 1;
    above = row;
  }
  return Math.min(above[other.length], most + 1);
}
