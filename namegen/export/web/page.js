"use strict";

// The page: it unpacks the model, draws names, and shows the state. Names are set by `textContent` alone, so that no name
// can be markup.

const MAX_TRIES = 20000; // give up after so many rejected samples in a row
const SLICE = 12; // milliseconds of sampling before the browser may do something else
const DELAY = 250; // milliseconds from the last key to a new search
const LONG_WAIT = 3000; // milliseconds without a name until the page says what to change
const MOST_SHOWN = 2000; // names
const MOST_BY_SCROLLING = 200; // names; then a button, so that what stands below can be reached
const POOL = 1000; // names are drawn where those most like a name are wanted

let sampler; // what is drawn from
let search = 0; // the number of the current search; an older one stops when it sees another
let more = null; // goes on with the search that came to its end
let isAtKept = false; // by the button: more names above would push the kept ones out of sight

// ---- The models and lists -------------------------------------------------------------------------------------------

async function loadContent() {
  const packed = Uint8Array.from(atob(byId("model").textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return opened(unpack(await new Response(stream).arrayBuffer()));
}

/** Draw from something else. */
function useSampler(next) {
  sampler = next;
  chooseCase();
  readKept();
  byId("case-field").hidden = !sampler.hasCapitals;
  byId("draw").disabled = byId("buttons").hidden = false;
  showFacts();
  drawNames();
}

/** There is nothing to draw from: say why. */
function waitForList(text, failed) {
  search++;
  sampler = more = null;
  readKept();
  showNames([]);
  byId("draw").disabled = true;
  byId("more").hidden = byId("buttons").hidden = true;
  byId("about").textContent = "Names like those on a list of your own.";
  showStatus(text, failed);
}

function showFacts() {
  const learned = chosen.map((id) => results.get(id));
  const count = learned.reduce((total, { learned }) => total + (learned.count ?? learned.known.names.length), 0);
  const lists = element("em", inWords(chosen.map(labelOf)));
  const where = chosen.includes(OWN) && chosen.length === 1 ? "of" : chosen.length > 1 ? "on the lists" : "on the list";
  byId("about").replaceChildren(`They sound like the ${plural(count, "name")} ${where} `, lists);
  byId("about").append(element("span", " and are not among them", { id: "new" }), ".");
  const facts = [...learned.flatMap(({ learned }) => learned.facts ?? []), ["Made with", content.program]];
  byId("facts").replaceChildren(
    ...facts.map(([term, description]) => {
      const row = element("div");
      row.append(element("dt", term), element("dd", description));
      return row;
    }),
  );
}

// ---- Sampling -------------------------------------------------------------------------------------------------------

async function drawNames(isNewDraw = false) {
  if (!sampler) return;
  const own = ++search;
  more = null;
  byId("more").hidden = true;
  showKept(); // in the case that is chosen now
  const constraints = readConstraints();
  if (!constraints) return showErrorFirst();
  writeAddress(isNewDraw);
  byId("new").hidden = constraints.allowKnown;
  const vain = await inSlices(hopeless(sampler, constraints), own);
  if (!vain) return;
  if (Object.keys(vain).length) {
    showErrors(vain);
    return showErrorFirst();
  }
  const samples = sampler.draw(constraints);
  const drawn = [];
  const wanted = constraints.like ? POOL : constraints.count;
  if (!(await collect(samples, drawn, wanted, own, constraints))) return;
  const ordered = constraints.like ? mostLike(constraints.like, drawn) : drawn;
  showNames(ordered.slice(0, constraints.count));
  showResult(Math.min(drawn.length, constraints.count), constraints.count);
  if (drawn.length < wanted) return;
  byId("more").hidden = false;
  const goOn = async () => {
    more = null; // until these are there
    const target = Math.min(byId("names").childElementCount + constraints.count, MOST_SHOWN);
    if (!constraints.like && !(await collect(samples, drawn, target, own, constraints))) return;
    showNames(ordered.slice(0, target));
    const isAll = ordered.length < target || target === MOST_SHOWN;
    byId("more").hidden = isAll;
    if (!isAll) more = goOn;
  };
  more = goOn;
}

/** Draw until there are so many names, and show those that there are in between. Returns whether the search ended. */
async function collect(samples, names, wanted, own, { count, like }) {
  let rejected = 0;
  let foundAt = performance.now();
  let sliceEnd = foundAt + SLICE;
  while (names.length < wanted && rejected < MAX_TRIES) {
    const name = samples.next().value;
    if (name === null) rejected++;
    else {
      rejected = 0;
      foundAt = performance.now();
      names.push(name);
    }
    if (performance.now() < sliceEnd) continue;
    if (!like && (names.length > byId("names").childElementCount || rejected > 500)) showNames(names);
    if (performance.now() - foundAt >= LONG_WAIT) showStatus(`${howMany(names.length, count)} so far. ${WAY_OUT} The search goes on.`, true);
    else if (names.length < count) showStatus("Searching …", false);
    await new Promise((resolve) => setTimeout(resolve));
    if (own !== search) return false;
    sliceEnd = performance.now() + SLICE;
  }
  return true;
}

/** What a generator returns, run in slices; null where another search has begun. */
async function inSlices(generator, own) {
  let sliceEnd = performance.now() + SLICE;
  for (let step = generator.next(); ; step = generator.next()) {
    if (step.done) return step.value;
    if (performance.now() < sliceEnd) continue;
    showStatus("Searching …", false);
    await new Promise((resolve) => setTimeout(resolve));
    if (own !== search) return null;
    sliceEnd = performance.now() + SLICE;
  }
}

/** Names by how like another they are, the most similar first; ties in the order drawn. */
function mostLike(wanted, names) {
  const likeness = new Map(names.map((name) => [name, sampler.likeness(name, wanted)]));
  return [...names].sort((a, b) => likeness.get(b) - likeness.get(a));
}

/** The names most like this one, of a larger draw. */
function moreLike(name) {
  byId("like").value = name;
  byId("settings").open = true;
  seed = newSeed();
  drawNames(true);
  scrollTo({ top: 0 });
}

/** Say which setting has a wrong value, the first where there are several, and why. */
function showErrorFirst() {
  byId("settings").open = true;
  const field = document.querySelector("[aria-invalid=true]");
  const old = byId("names").childElementCount ? " The names below are from before." : "";
  showStatus(`${field.labels[0].textContent}: ${byId(`${field.id}-error`).textContent}${old}`, true);
}

const WAY_OUT = "Loosen the constraints or raise the temperature.";

function howMany(found, wanted) {
  return found ? `Found ${found} of ${plural(wanted, "name")}` : "No name found";
}

function showResult(found, wanted) {
  const soon = isLearning() ? " From counts of letters; better ones come when the list is learned." : "";
  if (found === wanted) return showStatus(`${plural(found, "name")}.${soon}`, false);
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

/** Copy the address, and say for whom it works. */
async function share() {
  await packOwn();
  await writeAddress();
  const file = location.protocol === "file:" ? " It opens this file, so send the file too." : "";
  const left = chosen.includes(OWN) && !ownInAddress[1] ? " Your list is too long for it: send that too, to be pasted." : "";
  const never = byId("never").value.length > MOST_NEVER ? " What must never come is too long for it." : "";
  copy(location.href, `Link copied.${file}${left}${never}`);
}

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
    drawNames(true);
  });
  byId("form").addEventListener("input", () => {
    search++; // stops the current search
    clearTimeout(soon);
    soon = setTimeout(drawNames, DELAY);
  });
  byId("copy").addEventListener("click", () => copy(kept.map(displayed).join("\n"), `Copied ${plural(kept.length, "name")}.`));
  byId("as-text").addEventListener("click", () => download("txt"));
  byId("as-csv").addEventListener("click", () => download("csv"));
  byId("clear").addEventListener("click", () => setKept([]));
  byId("to-kept").addEventListener("click", () => {
    isAtKept = true;
    byId("kept").scrollIntoView();
  });
  byId("undo").addEventListener("click", () => setKept(before));
  byId("share").addEventListener("click", share);
  byId("back").addEventListener("click", () => history.back());
  byId("forward").addEventListener("click", () => history.forward());
  byId("more").addEventListener("click", () => more?.());
  addEventListener("scroll", () => {
    isAtKept &&= byId("kept").getBoundingClientRect().top < innerHeight;
    if (isAtKept) return;
    const { scrollHeight, scrollTop, clientHeight } = document.documentElement;
    const [isMoreSeen, shown] = [byId("more").getBoundingClientRect().top < innerHeight, byId("names").childElementCount];
    if (isMoreSeen && scrollHeight > clientHeight && scrollTop && shown < MOST_BY_SCROLLING) more?.();
  });
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape") document.querySelectorAll(".surprisal").forEach(closeSurprisal);
  });
  addEventListener("storage", ({ key }) => {
    if (key === store()) readKept(); // changed in another tab
  });
  addEventListener("hashchange", () => readAddress());
}

/** On a phone the settings begin folded, so that the names come first; on a wide screen they are always open. */
function foldSettings() {
  const wide = matchMedia("(min-width: 52rem)");
  const fold = () => (byId("settings").open = wide.matches);
  wide.addEventListener("change", fold);
  fold();
}

async function begin() {
  foldSettings();
  try {
    content = await loadContent();
  } catch (error) {
    showStatus("What this page carries could not be unpacked. It needs a browser of 2023 or later.", true);
    throw error;
  }
  showStatus("Learning …", false);
  listen();
  listenToSources();
  await readAddress();
}

begin();
