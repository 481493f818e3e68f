// A pasted text to a list of names, cleaned as `namegen.corpus.cleaning` does it: one name a line, or several between
// commas, or a column of a table (CSV), as `namegen.corpus.csv_columns` reads it, though also without titles.

const MOST_TEXT = 4e6; // characters; of a longer text the rest is left out
const MOST_NAMES = 20000; // of a longer list as many, chosen by their hashes
const REFUSED_SHOWN = 5;
const SEPARATORS = ["\t", ";", ",", "|"];
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u;

/** The names of a text in small letters, each once; how they are written; and in words what was done with the rest. */
function cleaned(text) {
  const lastEnd = Math.max(text.lastIndexOf("\n", MOST_TEXT), text.lastIndexOf("\r", MOST_TEXT));
  const { cells, notes } = cellsOf(text.length > MOST_TEXT ? text.slice(0, lastEnd + 1 || MOST_TEXT) : text);
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
  const all = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  const tables = SEPARATORS.filter((mark) => all.includes(mark)).map((mark) => tableOf(all, mark)).filter(Boolean);
  if (!tables.length) return { cells: listed(all), notes: [] };
  const { rows, columns, titled } = tables.reduce((best, table) => (table.regular > best.regular ? table : best));
  const cellOf = (row, column) => row.fields[column] ?? "";
  const variety = (column) => new Set(rows.map((row) => cellOf(row, column)).filter((cell) => /\p{L}/u.test(cell))).size;
  const varieties = Array.from({ length: columns }, (_, column) => variety(column));
  const column = titled >= 0 ? titled : varieties.indexOf(Math.max(...varieties));
  const named = titled >= 0 ? `“${cellOf(rows[0], titled)}”` : `number ${column + 1}`;
  const cells = rows.slice(titled >= 0 ? 1 : 0).map((row) => ({ cell: cellOf(row, column), line: row.line }));
  return { cells, notes: [`This is a table; its column ${named} was read.`] };
}

/** A text as a table with this separator; null where it is not one. Commas and semicolons separate names in a list too:
 *  between them, rows may have fewer or more fields than the first only where that has the title of the names. */
function tableOf(text, separator) {
  const rows = recordsOf(text, separator);
  const columns = rows[0]?.fields.length ?? 0;
  if (rows.length < 2 || columns < 2) return null;
  const titled = rows[0].fields.findIndex((cell) => /^(\w+ )?names?$/i.test(cell));
  const regular = rows.filter(({ fields }) => fields.length === columns).length;
  const least = titled >= 0 || "\t|".includes(separator) ? rows.length / 2 : rows.length - 1;
  return regular > least ? { rows, columns, titled, regular } : null;
}

/** The names of a list: one a line, or several between separators. */
function listed(text) {
  const lines = text.split("\n").map((line, place) => ({ text: line.trim(), line: place + 1 })).filter((line) => line.text);
  const fieldsOf = (line, mark) => recordsOf(line, mark).flatMap(({ fields }) => fields);
  const isWith = (mark) => lines.slice(0, 100).some((line) => line.text.includes(mark) && fieldsOf(line.text, mark).length > 1);
  const separator = ["\t", ";", ","].find(isWith);
  const cellsIn = (line) => (separator ? fieldsOf(line, separator) : [unquoted(line)]);
  return lines.flatMap(({ text, line }) => cellsIn(text).map((cell) => ({ cell, line })));
}

/** The records of a text that are not empty, each with the last of its lines. A field in quotes may hold anything. */
function recordsOf(text, separator) {
  const records = [];
  const end = new RegExp(`[${separator}\n]|$`, "g");
  let fields = [];
  for (let start = 0, line = 1; start <= text.length; start = end.lastIndex + 1) {
    end.lastIndex = afterQuotes(text, start);
    end.lastIndex = end.exec(text).index;
    const field = text.slice(start, end.lastIndex);
    line += field.split("\n").length - 1;
    fields.push(unquoted(field));
    if (text[end.lastIndex] === separator) continue;
    if (fields.length > 1 || fields[0]) records.push({ fields, line });
    fields = [];
    line++;
  }
  return records;
}

/** Where the quotes of the field end that starts here; its start, where it has none or they are not closed. */
function afterQuotes(text, start) {
  let quote = start;
  while (text[quote] === " ") quote++;
  if (text[quote] !== '"') return start;
  do quote = text.indexOf('"', quote + 1) + 1;
  while (quote && text[quote] === '"');
  return quote || start;
}

function unquoted(cell) {
  return cell.trim().replace(/^"(.*)"$/s, "$1").replaceAll('""', '"').trim();
}
