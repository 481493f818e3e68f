"use strict";

// The page: wishes in a form and in the address, names as they are found, and the surprise of their letters. Whatever a
// model spells comes in by `textContent` alone, so that no name can be markup.

const MOST_TRIES = 20000; // so many in a row without a name to show, and the search is given up
const SLICE = 12; // milliseconds of drawing before the browser may do something else
const PATIENCE = 250; // milliseconds from a key to a new search
const LONG_WAIT = 3000; // milliseconds without a name until it is said how that could be mended
const LONG_NAME = 11; // letters that fit into a narrow column; one longer name makes all columns wide

const hint = byId("surprise").firstElementChild; // what stands there until a name is pointed at
let namer; // the model and what goes with it, once it is unpacked
let seed = 0;
let search = 0; // the number of the search that is on; an older one that finds it changed stops

// ---- The model ------------------------------------------------------------------------------------------------------

async function loadModel() {
  const packed = Uint8Array.from(atob(byId("model").textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Namer(unpack(await new Response(stream).arrayBuffer()));
}

// ---- Wishes, in the form and in the address -------------------------------------------------------------------------

const FIELDS = ["start", "end", "min", "max", "temperature", "count"];
const CHECKS = ["known", "title"];

/** What the form asks for; what is wrong with it is said beside each field, and then there is nothing to ask for. */
function readWishes() {
  const number = (id, otherwise) => (byId(id).value.trim() === "" ? otherwise : Number(byId(id).value));
  const wishes = {
    seed,
    start: namer.spell(byId("start").value.normalize()),
    end: namer.spell(byId("end").value.normalize()),
    min: number("min", 1),
    max: number("max", LONGEST_NAME),
    temperature: number("temperature", 1),
    count: number("count", NaN),
    allowKnown: byId("known").checked,
  };
  const faults = faultsOf(wishes);
  for (const id of ["start", "end", "min", "max", "count"]) {
    byId(`${id}-error`).textContent = faults[id] ?? "";
    byId(id).setAttribute("aria-invalid", id in faults);
  }
  byId("temperature-shown").textContent = wishes.temperature.toFixed(2);
  return Object.keys(faults).length ? null : wishes;
}

function faultsOf({ start, end, min, max, count }) {
  const faults = {};
  const isWhole = (number, most) => Number.isInteger(number) && number >= 1 && number <= most;
  for (const [id, text] of Object.entries({ start, end })) {
    const unknown = namer.unknown(text);
    if (unknown.length) faults[id] = `No name on the list has ${unknown.map((c) => `“${c}”`).join(" ")}.`;
    else if ([...text].length > max) faults[id] = "This is longer than the longest.";
  }
  if (!isWhole(min, LONGEST_NAME)) faults.min = `From 1 to ${LONGEST_NAME}.`;
  if (!isWhole(max, LONGEST_NAME)) faults.max = `From 1 to ${LONGEST_NAME}.`;
  else if (min > max) faults.max = "Less than the shortest.";
  if (!isWhole(count, 500)) faults.count = "From 1 to 500.";
  return faults;
}

/** The part of the address after #: the seed, and every setting that is not at its default. */
function writeAddress() {
  const changed = FIELDS.filter((id) => byId(id).value !== byId(id).defaultValue).map((id) => [id, byId(id).value]);
  changed.push(...CHECKS.filter((id) => byId(id).checked).map((id) => [id, "1"]));
  byId("changed").textContent = changed.length ? ` · ${changed.length} changed` : "";
  history.replaceState(null, "", `#${new URLSearchParams([["seed", seed], ...changed])}`);
}

/** Put the settings of the address into the form; a seed that it lacks is picked. */
function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const field of FIELDS.map(byId)) {
    const value = given.get(field.id) ?? field.defaultValue;
    field.value = value;
    if (field.value !== value) field.value = field.defaultValue; // no value for such a field
  }
  for (const id of CHECKS) byId(id).checked = given.get(id) === "1";
  seed = /^\d{1,10}$/.test(given.get("seed")) ? Number(given.get("seed")) >>> 0 : newSeed();
}

function newSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

// ---- Drawing --------------------------------------------------------------------------------------------------------

async function drawNames() {
  const own = ++search;
  const wishes = readWishes();
  if (!wishes) {
    byId("settings").open = true;
    return showStatus("One of the settings needs another value.", true);
  }
  writeAddress();
  byId("new").hidden = wishes.allowKnown;
  byId("surprise").replaceChildren(hint);
  const names = [];
  const draws = namer.draw(wishes);
  let inVain = 0;
  let foundAt = performance.now();
  let sliceEnd = foundAt + SLICE;
  while (names.length < wishes.count && inVain < MOST_TRIES) {
    const name = draws.next().value;
    if (name === null) inVain++;
    else {
      inVain = 0;
      foundAt = performance.now();
      names.push(name);
    }
    if (performance.now() < sliceEnd) continue;
    if (names.length > byId("names").childElementCount || inVain > 500) {
      showNames(names);
      if (performance.now() - foundAt < LONG_WAIT) showStatus("Searching …", false);
      else showStatus(`${howMany(names.length, wishes.count)} so far. ${WAY_OUT} The search goes on.`, true);
    }
    await new Promise((resolve) => setTimeout(resolve));
    if (own !== search) return;
    sliceEnd = performance.now() + SLICE;
  }
  showNames(names);
  showResult(names.length, wishes.count);
}

const WAY_OUT = "Ask for less, or raise the temperature.";

function howMany(found, wanted) {
  return found ? `Found ${found} of ${plural(wanted, "name")}` : "No name found";
}

function showResult(found, wanted) {
  if (found === wanted) return showStatus(`${plural(found, "name")}.`, false);
  const tries = MOST_TRIES.toLocaleString("en");
  showStatus(`${howMany(found, wanted)}: ${tries} tries in a row gave none. ${WAY_OUT}`, true);
}

/** Say how it stands; the same words again would only be read out again. */
function showStatus(text, failed) {
  if (byId("status").textContent !== text) byId("status").textContent = text;
  byId("status").classList.toggle("failed", failed);
}

/** Show these names; where the list grows, those that stand there stay. */
function showNames(names) {
  const list = byId("names");
  [...list.children].slice(names.length).forEach((item) => item.remove());
  names.forEach((name, place) => {
    const there = list.children[place];
    const shown = byId("title").checked ? titled(name) : name;
    if (there?.dataset.name === shown) return;
    const item = nameItem(name, shown, `surprise-${place}`);
    if (there) there.replaceWith(item);
    else list.append(item);
  });
  list.classList.toggle("long", names.some((name) => [...name].length > LONG_NAME));
  byId("surprise").hidden = !names.length;
}

function nameItem(name, shown, id) {
  const letters = lettersOf(name);
  const item = element("li");
  item.dataset.name = shown;
  const button = element("button", "", { type: "button", class: "name", "aria-describedby": id });
  button.append(element("bdi", shown), element("span", "keep", { class: "unseen" }));
  button.setAttribute("aria-pressed", kept.includes(shown));
  button.addEventListener("click", () => keep(shown, !kept.includes(shown)));
  const said = letters.map(({ symbol, nats }) => `${symbol} ${nats.toFixed(1)}`).join(", ");
  const remark = namer.isKnown(name) ? "On the list. " : "";
  item.append(button, element("span", `${remark}Surprise in nats: ${said}`, { id, hidden: "" }));
  for (const event of ["mouseenter", "focus", "click"]) {
    button.addEventListener(event, () => showSurprise(letters, remark));
  }
  return item;
}

// ---- The surprise of each letter ------------------------------------------------------------------------------------

function lettersOf(name) {
  const symbols = [...name].map((symbol) => (symbol === " " ? "␣" : symbol));
  return namer.surprises(name).map((nats, place) => ({ symbol: symbols[place] ?? "end", nats }));
}

/** A bar for each letter, in a place of its own, so that it covers no other name. */
function showSurprise(letters, remark) {
  const columns = letters.map(({ symbol, nats }, place) => {
    const column = element("div", "", { class: "letter" });
    const bar = element("i");
    bar.style.height = `${Math.min(nats, 8) * 0.4}rem`;
    const isEnd = place === letters.length - 1;
    column.append(bar, element("b", symbol, { class: isEnd ? "end" : "" }), element("span", nats.toFixed(1)));
    return column;
  });
  const row = element("div", "", { class: "letters", dir: "auto" });
  row.append(...columns);
  const total = letters.reduce((sum, { nats }) => sum + nats, 0).toFixed(1);
  byId("surprise").replaceChildren(row, element("p", `${remark}Surprise of each letter in nats, ${total} in all.`));
}

// ---- Saying and copying ---------------------------------------------------------------------------------------------

async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
    tell(said);
  } catch {
    tell(copyAsOfOld(text) ? said : "This browser does not let a page copy.");
  }
}

/** Copy where the page is not trusted with the clipboard. Returns whether it could. */
function copyAsOfOld(text) {
  const area = element("textarea", text);
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}

let untold;

/** Say that something was done, for a moment. */
function tell(text) {
  byId("done").replaceChildren(element("span", text));
  clearTimeout(untold);
  untold = setTimeout(() => byId("done").replaceChildren(), 2500);
}

// ---- Begin ----------------------------------------------------------------------------------------------------------

function listen() {
  let soon;
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    seed = newSeed();
    drawNames();
  });
  byId("form").addEventListener("input", () => {
    search++; // the search that is on is for other wishes
    clearTimeout(soon);
    soon = setTimeout(drawNames, PATIENCE);
  });
  byId("copy").addEventListener("click", () => copy(kept.join("\n"), `Copied ${plural(kept.length, "name")}`));
  byId("clear").addEventListener("click", () => {
    setKept([]);
    byId("draw").focus();
  });
  byId("share").addEventListener("click", () => copy(location.href, "Link copied"));
  addEventListener("hashchange", () => {
    readAddress();
    drawNames();
  });
}

/** On a phone the settings stay folded, so that the names come first; on a wide screen they are always there. */
function foldSettings() {
  const wide = matchMedia("(min-width: 52rem)");
  const fold = () => (byId("settings").open = wide.matches);
  wide.addEventListener("change", fold);
  fold();
}

async function begin() {
  readAddress();
  foldSettings();
  try {
    namer = await loadModel();
  } catch (error) {
    showStatus("The model could not be unpacked. This page needs a browser of 2023 or later.", true);
    throw error;
  }
  kept = readKept();
  showKept();
  listen();
  byId("draw").disabled = false;
  await drawNames();
}

begin();
