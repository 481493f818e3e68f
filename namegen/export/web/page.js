"use strict";

// The page: it unpacks the model, draws names, and shows the state. Names are set by `textContent` alone, so that no name
// can be markup.

const MAX_TRIES = 20000; // give up after so many rejected samples in a row
const SLICE = 12; // milliseconds of sampling before the browser may do something else
const DELAY = 250; // milliseconds from the last key to a new search
const LONG_WAIT = 3000; // milliseconds without a name until the page says what to change

let sampler; // the model, once it is unpacked
let seed = 0;
let search = 0; // the number of the current search; an older one stops when it sees another

// ---- The model ------------------------------------------------------------------------------------------------------

async function loadModel() {
  const packed = Uint8Array.from(atob(byId("model").textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Sampler(unpack(await new Response(stream).arrayBuffer()));
}

// ---- Sampling -------------------------------------------------------------------------------------------------------

async function drawNames() {
  const own = ++search;
  showKept(); // in the case that is chosen now
  const constraints = readConstraints();
  if (!constraints) {
    byId("settings").open = true;
    return showStatus(firstError(), true);
  }
  writeAddress();
  byId("new").hidden = constraints.allowKnown;
  const names = [];
  const samples = sampler.draw(constraints);
  let rejected = 0;
  let foundAt = performance.now();
  let sliceEnd = foundAt + SLICE;
  while (names.length < constraints.count && rejected < MAX_TRIES) {
    const name = samples.next().value;
    if (name === null) rejected++;
    else {
      rejected = 0;
      foundAt = performance.now();
      names.push(name);
    }
    if (performance.now() < sliceEnd) continue;
    if (names.length > byId("names").childElementCount || rejected > 500) {
      showNames(names);
      if (performance.now() - foundAt < LONG_WAIT) showStatus("Searching …", false);
      else showStatus(`${howMany(names.length, constraints.count)} so far. ${WAY_OUT} The search goes on.`, true);
    }
    await new Promise((resolve) => setTimeout(resolve));
    if (own !== search) return;
    sliceEnd = performance.now() + SLICE;
  }
  showNames(names);
  showResult(names.length, constraints.count);
}

/** The first setting with a wrong value, and why. */
function firstError() {
  const field = document.querySelector("[aria-invalid=true]");
  const old = byId("names").childElementCount ? " The names below are from before." : "";
  return `${field.labels[0].textContent}: ${byId(`${field.id}-error`).textContent}${old}`;
}

const WAY_OUT = "Loosen the constraints or raise the temperature.";

function howMany(found, wanted) {
  return found ? `Found ${found} of ${plural(wanted, "name")}` : "No name found";
}

function showResult(found, wanted) {
  if (found === wanted) return showStatus(`${plural(found, "name")}.`, false);
  const tries = MAX_TRIES.toLocaleString("en");
  showStatus(`${howMany(found, wanted)}: the last ${tries} samples were all rejected. ${WAY_OUT}`, true);
}

/** Show the state; the same words are not set again, which a screen reader would read again. */
function showStatus(text, failed) {
  if (byId("status").textContent !== text) byId("status").textContent = text;
  byId("status").classList.toggle("failed", failed);
}

// ---- Messages and copying -------------------------------------------------------------------------------------------

async function copy(text, message) {
  try {
    await navigator.clipboard.writeText(text);
    showMessage(message);
  } catch {
    showMessage(copyBySelection(text) ? message : "This browser does not let a page copy.");
  }
}

/** Copy where the page has no access to the clipboard. Returns whether it could. */
function copyBySelection(text) {
  const area = element("textarea", text);
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}

const LINK_COPIED =
  location.protocol === "file:" ? "Link copied. It opens this file, so send the file too." : "Link copied.";

let messageTimer;

/** Show for a moment that something was done. */
function showMessage(text) {
  byId("done").replaceChildren(element("span", text));
  clearTimeout(messageTimer);
  messageTimer = setTimeout(() => byId("done").replaceChildren(), 2000 + 50 * text.length);
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
    search++; // stops the current search
    clearTimeout(soon);
    soon = setTimeout(drawNames, DELAY);
  });
  byId("copy").addEventListener("click", () => copy(kept.map(displayed).join("\n"), `Copied ${plural(kept.length, "name")}.`));
  byId("clear").addEventListener("click", removeAll);
  byId("share").addEventListener("click", () => copy(location.href, LINK_COPIED));
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape") document.querySelectorAll(".surprisal").forEach(closeSurprisal);
  });
  addEventListener("storage", ({ key }) => {
    if (key !== STORE) return;
    kept = readKept(); // changed in another tab
    showKept();
  });
  addEventListener("hashchange", () => {
    readAddress();
    drawNames();
  });
}

/** On a phone the settings begin folded, so that the names come first; on a wide screen they are always open. */
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
    sampler = await loadModel();
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
