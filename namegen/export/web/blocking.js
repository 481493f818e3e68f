// What must never come out: names, and letters that no name may contain.

const MOST_BLOCKED = 100000; // characters; of a longer text the rest is left out

/** A text as pieces are compared, as `folded_letters` in Python: case-folded, without accents and other marks. */
function plain(text) {
  return [...folded(text).normalize("NFD")].filter((c) => !letters.marks.has(c)).join("");
}

/** Entries, one a line or between commas: a name; or with * a piece, as in *ass*. */
class Blocked {
  constructor(text) {
    const entries = text.slice(0, MOST_BLOCKED).split(/[\n,]/).map((entry) => entry.trim());
    const pieces = entries.filter((entry) => entry.includes("*")).map((entry) => plain(entry.replaceAll("*", "").trim()));
    this.names = new Set(entries.filter((entry) => entry && !entry.includes("*")).map(folded));
    this.pieces = new Set(pieces.filter(Boolean));
    this.lengths = [...new Set([...this.pieces].map((piece) => piece.length))];
  }

  has(name) {
    return this.names.has(folded(name)) || (this.pieces.size > 0 && this.holdsPiece(plain(name)));
  }

  holdsPiece(text) {
    return this.lengths.some((length) => {
      for (let from = 0; from + length <= text.length; from++) {
        if (this.pieces.has(text.slice(from, from + length))) return true;
      }
      return false;
    });
  }
}
