"use strict";

// The page: it unpacks the model, draws what is wished for, and says how it stands. Whatever a model spells comes in by
// `textContent` alone, so that no name can be markup.

const MOST_TRIES = 20000; // so many in a row without a name to show, and the search is given up
const SLICE = 12; // milliseconds of drawing before the browser may do something else
const PATIENCE = 250; // milliseconds from a key to a new search
const LONG_WAIT = 3000; // milliseconds without a name until it is said how that could be mended

let namer; // the model and what goes with it, once it is unpacked
let seed = 0;
let search = 0; // the number of the search that is on; an older one that finds it changed stops

// ---- The model ------------------------------------------------------------------------------------------------------

async function loadModel() {
  const packed = Uint8Array.from(atob(byId("model").textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Namer(unpack(await new Response(stream).arrayBuffer()));
}

// ---- Drawing --------------------------------------------------------------------------------------------------------

async function drawNames() {
  const own = ++search;
  showKept(); // in the letters that are asked for now
  const wishes = readWishes();
  if (!wishes) {
    byId("settings").open = true;
    return showStatus(whatIsWrong(), true);
  }
  writeAddress();
  byId("new").hidden = wishes.allowKnown;
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

/** The first setting that needs another value, and why. */
function whatIsWrong() {
  const field = document.querySelector("[aria-invalid=true]");
  const old = byId("names").childElementCount ? " The names are from before." : "";
  return `${field.labels[0].textContent}: ${byId(`${field.id}-error`).textContent}${old}`;
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

const LINK_COPIED =
  location.protocol === "file:" ? "Link copied: it leads to this file, so whoever gets it needs the file too" : "Link copied";

let untold;

/** Say that something was done, for a moment. */
function tell(text) {
  byId("done").replaceChildren(element("span", text));
  clearTimeout(untold);
  untold = setTimeout(() => byId("done").replaceChildren(), 2000 + 50 * text.length);
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
  byId("copy").addEventListener("click", () => copy(kept.map(spelled).join("\n"), `Copied ${plural(kept.length, "name")}`));
  byId("clear").addEventListener("click", removeAll);
  byId("share").addEventListener("click", () => copy(location.href, LINK_COPIED));
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape") document.querySelectorAll(".surprise").forEach(closeSurprise);
  });
  addEventListener("storage", ({ key }) => {
    if (key !== STORE) return;
    kept = readKept(); // which another tab has changed
    showKept();
  });
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
  listen();
  byId("draw").disabled = false;
  await drawNames();
}

begin();
