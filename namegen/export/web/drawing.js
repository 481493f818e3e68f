// Names drawn under the constraints of the form, in slices, so that the page is never blocked, and what was found in words.

const SLICE = 12; // milliseconds of sampling before the browser may do something else
const LONG_WAIT = 3000; // milliseconds without a name until the page says what to change
const MOST_SHOWN = 2000; // names

let search = 0; // the number of the current search; an older one stops when it sees another
let more = null; // goes on with the search that came to its end

/** Draw names as the form has it; with the seed of another draw, as a new entry of the history. */
async function drawNames(isNewDraw = false) {
  const own = ++search;
  writeAddress(isNewDraw);
  if (!sampler) return;
  more = null;
  byId("more").hidden = true;
  showKept(); // in the case that is chosen now
  const constraints = readConstraints();
  if (!constraints) return showErrorFirst(isNewDraw);
  byId("new").hidden = constraints.allowKnown;
  const vain = await inSlices(hopeless(sampler, constraints), own);
  if (!vain) return;
  if (Object.keys(vain).length) {
    showErrors(vain);
    return showErrorFirst(isNewDraw);
  }
  const samples = sampler.draw(constraints);
  const drawn = [];
  const wanted = constraints.like ? POOL : constraints.count;
  if (!(await collect(samples, drawn, wanted, own, constraints))) return;
  const ordered = constraints.like ? sampler.mostLike(constraints.like, drawn) : drawn;
  showNames(ordered.slice(0, constraints.count));
  showResult(Math.min(drawn.length, constraints.count), constraints);
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
async function collect(samples, names, wanted, own, constraints) {
  const { count, like } = constraints;
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
    const isLong = performance.now() - foundAt >= LONG_WAIT;
    if (!like && (names.length > byId("names").childElementCount || rejected > 500 || isLong)) showNames(names);
    if (isLong) showStatus(`${howMany(names.length, count)} so far. ${wayOut(constraints)} The search goes on.`, true);
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

/** The names most like this one, of a larger draw. */
function moreLike(name) {
  byId("like").value = name;
  byId("settings").open = true;
  seed = newSeed();
  drawNames(true);
  byId("draw").focus(); // the button that was pressed goes with its name
  scrollTo(0, 0);
}

/** Say which setting has a wrong value, the first where there are several, and why; and bring it into view. */
function showErrorFirst(isNewDraw) {
  byId("settings").open = true;
  const field = byId("settings").querySelector("[aria-invalid=true]");
  if (isNewDraw) field.focus({ preventScroll: true }); // else the focus is where someone types
  field.parentElement.scrollIntoView({ block: "nearest" });
  const old = byId("names").childElementCount ? " The names below are from before." : "";
  showStatus(`${field.labels[0].textContent}: ${byId(`${field.id}-error`).textContent}${old}`, true);
}

/** What to change where names cannot be found: the constraints that there are. */
function wayOut({ distance, minP }) {
  const set = ["start", "end", "contains", "min", "max", "never"].filter((id) => byId(id).value.trim());
  const fields = distance > 1 ? [...set, "distance"] : set;
  const labels = fields.map((id) => `“${byId(id).labels[0].textContent}”`);
  if (labels.length) return `Loosen ${inWords(labels, "or")}, or raise the temperature.`;
  return minP ? "Allow improbable letters, or raise the temperature." : "Raise the temperature.";
}

function howMany(found, wanted) {
  return found ? `Found ${found} of ${plural(wanted, "name")}` : "No name found";
}

function showResult(found, constraints) {
  const wanted = constraints.count;
  const soon = isLearning() ? " From counts of letters; better ones come when the list is learned." : "";
  if (found === wanted) return showStatus(`${plural(found, "name")}.${soon}`, false);
  const tries = MAX_TRIES.toLocaleString("en");
  showStatus(`${howMany(found, wanted)}: the last ${tries} samples were all rejected. ${wayOut(constraints)}`, true);
}

/** Show the state; the same words are not set again, which a screen reader would read again. */
function showStatus(text, failed) {
  if (byId("status").textContent !== text) byId("status").textContent = text;
  byId("status").classList.toggle("failed", failed);
}
