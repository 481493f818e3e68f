// A pasted text to a list of names, cleaned as `namegen.corpus.cleaning` does it: one name a line, or several between
// commas, or a column of a table (CSV).

const MOST_TEXT = 4e6; // characters; of a longer text the rest is left out
const MOST_NAMES = 20000; // of a longer list as many, chosen by their hashes
const REFUSED_SHOWN = 5;
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u;

/** The names of a text in small letters, each once; how they are written; and in words what was done with the rest. */
function cleaned(text) {
  const { cells, notes } = cellsOf(text.length > MOST_TEXT ? text.slice(0, text.lastIndexOf("\n", MOST_TEXT) + 1 || MOST_TEXT) : text);
  if (text.length > MOST_TEXT) notes.push(`Only the first ${MOST_TEXT.toLocaleString("en")} characters were read.`);
  const refused = [];
  const seen = new Set();
  const written = [];
  const all = [];
  let count = 0;
  for (const { cell, line } of cells) {
    const name = cell.toLowerCase().normalize();
    if (!name) continue;
    const reason = refusal(name);
    if (reason) refused.push(`line ${line} ${reason}`);
    else if (++count && !seen.has(folded(name))) {
      seen.add(folded(name));
      all.push(name);
    }
    if (!reason && written.length < 1000) written.push(cell);
  }
  const again = count - all.length;
  if (again) notes.push(again === 1 ? "A repeated name counts once." : `${again.toLocaleString("en")} repeated names count once.`);
  const others = refused.length > REFUSED_SHOWN ? ` and ${refused.length - REFUSED_SHOWN} more` : "";
  if (refused.length) notes.push(`Refused: ${refused.slice(0, REFUSED_SHOWN).join("; ")}${others}.`);
  const names = chooseAtMost(MOST_NAMES, all);
  if (names.length < all.length) notes.push(`Of ${all.length.toLocaleString("en")} names, a sample of ${MOST_NAMES.toLocaleString("en")} is learned.`);
  return { names, case: usualCase(written), notes };
}

function refusal(name) {
  if ([...name].length > MAX_NAME_LENGTH) return `is longer than ${MAX_NAME_LENGTH} characters`;
  if (name.includes("\ufffd")) return "is not UTF-8 text";
  const control = CONTROL.exec(name);
  if (!control) return "";
  return `contains a control character (U+${control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")})`;
}

/** The cells of a text that may be names, each with its line. */
function cellsOf(text) {
  const all = text.replace(/^\ufeff/, "").split(/\r?\n/).map((line, place) => ({ text: line.trim(), line: place + 1 }));
  const lines = all.filter((line) => line.text);
  const separator = ["\t", ";", ","].find((mark) => lines.slice(0, 100).some((line) => line.text.includes(mark)));
  if (!separator) return { cells: lines.map((line) => ({ cell: unquoted(line.text), line: line.line })), notes: [] };
  const rows = lines.map(({ text, line }) => ({ line, cells: fieldsOf(text, separator).map(unquoted) }));
  const columns = rows[0].cells.length;
  if (rows.length < 2 || columns < 2 || rows.some((row) => row.cells.length !== columns)) {
    return { cells: rows.flatMap(({ cells, line }) => cells.map((cell) => ({ cell, line }))), notes: [] };
  }
  const titled = rows[0].cells.findIndex((cell) => /^(\w+ )?names?$/i.test(cell));
  const variety = (column) => new Set(rows.map((row) => row.cells[column]).filter((cell) => /\p{L}/u.test(cell))).size;
  const varieties = Array.from({ length: columns }, (_, column) => variety(column));
  const column = titled >= 0 ? titled : varieties.indexOf(Math.max(...varieties));
  const named = titled >= 0 ? `“${rows[0].cells[titled]}”` : `number ${column + 1}`;
  const cells = rows.slice(titled >= 0 ? 1 : 0).map((row) => ({ cell: row.cells[column], line: row.line }));
  return { cells, notes: [`This is a table; its column ${named} was read.`] };
}

/** The fields of a line; a separator within quotes separates nothing. */
function fieldsOf(text, separator) {
  const parts = text.split(separator);
  if (!text.includes('"')) return parts;
  const fields = [];
  let open = []; // the parts of a field whose quotes are not closed yet
  for (const part of parts) {
    const isOdd = part.split('"').length % 2 === 0;
    open.push(part);
    if (isOdd === open.length > 1) fields.push(open.splice(0).join(separator));
  }
  return open.length ? parts : fields;
}

function unquoted(cell) {
  return cell.trim().replace(/^"(.*)"$/s, "$1").replaceAll('""', '"').trim();
}
