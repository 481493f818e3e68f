// The box for a list of one's own.

const FEW_NAMES = 15;
const MOST_SHOWN_TEXT = 100000; // characters in the box
const PASTE_DELAY = 500; // milliseconds from the last key in the box until the list is learned
const NOTHING_PASTED = byId("own-status").textContent;

let ownText = ""; // the pasted list
let soon; // the timer from the last key in the box

/** Learn the pasted list anew; of a text that is too long, as much as is read. */
function setOwn(text) {
  if (text === ownText) return;
  replaceOwn(text);
  chooseSources(chosen);
}

function replaceOwn(text) {
  ownText = text.slice(0, MOST_TEXT + 1);
  stopWorker(OWN);
  results.delete(OWN);
}

/** What was found in the pasted list. */
function showOwn({ error = "", notes = [], count = 0 }) {
  const few = count && count < FEW_NAMES ? [`${FEW_NAMES} or more make better names.`] : [];
  const found = count ? [`${plural(count, "name")}.`] : [];
  const said = [...found, ...notes, ...few, "They stay in this browser."].join(" ");
  byId("own-status").textContent = error || (ownText.trim() ? said : NOTHING_PASTED);
  byId("own-status").classList.toggle("failed", error !== "");
  byId("pasted").setAttribute("aria-invalid", error !== "");
}

function listenToBox() {
  byId("pasted").addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(() => setOwn(byId("pasted").value), PASTE_DELAY);
  });
  byId("source").addEventListener("input", (event) => event.stopPropagation()); // to the form, which would draw names
  byId("paste").addEventListener("click", () => {
    chooseSources([OWN], true);
    byId("pasted").focus();
  });
  byId("pasted").addEventListener("paste", (event) => takeText(event, event.clipboardData));
  if (!content.network) return;
  addEventListener("drop", (event) => takeText(event, event.dataTransfer)); // beside the box too, or it would leave the page
  addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
}

/** Take a file, or a text too long for the box, which would take seconds to show it. */
async function takeText(event, data) {
  const [file] = data.files;
  const pasted = data.getData("text");
  if (!file && pasted.length <= MOST_SHOWN_TEXT) return;
  event.preventDefault();
  const text = file ? await file.slice(0, 4 * MOST_TEXT).text() : pasted;
  clearTimeout(soon);
  byId("pasted").value = text.length > MOST_SHOWN_TEXT ? "" : text;
  byId("pasted").placeholder = `${file?.name ?? "The text"} was read.`;
  if (!chosen.includes(OWN)) chooseSources([OWN], true);
  setOwn(text);
}
