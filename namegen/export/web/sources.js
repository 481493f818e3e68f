"use strict";

// What the names are to be like: models within the page, bundled lists, and the list of whoever uses it. Lists are
// learned by workers, one each; a list that was learned once is kept.

const OWN = "own"; // the id of the list that is pasted
const MOST_CHOSEN = 3;
const FEW_NAMES = 15;
const MOST_SHOWN_TEXT = 100000; // characters in the box
const PASTE_DELAY = 500; // milliseconds from the last key in the box until the list is learned

let content; // of the page: models, lists, network
let chosen = []; // ids
let ownText = ""; // the pasted list
const results = new Map(); // id → what was learned so far: { learned, notes, count, isDone } or { error }
const workers = new Map();

const sourceIds = () => [...content.models, ...content.lists].map(({ id }) => id).concat(content.network ? [OWN] : []);

/** The list or model of an id, which may end with one of its labels, as in irish:female. */
function sourceOf(id) {
  return [...content.models, ...content.lists].find((source) => source.id === id.split(":")[0]);
}

const labelIn = (id) => id.split(":")[1] ?? "";

function isSource(id) {
  if (id === OWN) return Boolean(content.network);
  return Boolean(sourceOf(id)) && (!id.includes(":") || Boolean(sourceOf(id).labels?.has(labelIn(id)))) && id.split(":").length < 3;
}

function labelOf(id) {
  if (id === OWN) return "your list";
  return sourceOf(id).label + (labelIn(id) && ` (${labelIn(id)})`);
}

/** Choose sources, and learn those that were not learned yet. */
function chooseSources(ids) {
  chosen = ids.filter((id, place) => isSource(id) && ids.indexOf(id) === place).slice(0, MOST_CHOSEN);
  if (!chosen.length) chosen = [content.models[0]?.id ?? content.start];
  showChoice();
  for (const [id, worker] of workers) if (!chosen.includes(id)) stopWorker(id, worker);
  for (const id of chosen) if (!results.has(id) && !workers.has(id)) start(id);
  useResults();
}

function start(id) {
  const model = content.models.find((one) => one.id === id);
  if (model) return results.set(id, { learned: model, isDone: true });
  if (id === OWN && !ownText.trim()) return showOwn({});
  const list = id === OWN ? { text: ownText } : listOf(content.lists, ...id.split(":"));
  const code = [byId("library").textContent, "onmessage = ({ data }) => { setLetters(data.letters); learn(data, postMessage); };"];
  const address = URL.createObjectURL(new Blob(code, { type: "text/javascript" }));
  const worker = new Worker(address);
  URL.revokeObjectURL(address);
  workers.set(id, worker);
  worker.onmessage = ({ data }) => receive(id, data);
  worker.onerror = () => receive(id, { error: "This list could not be learned in this browser." });
  worker.postMessage({ network: content.network, letters: content.letters, list });
}

function stopWorker(id, worker) {
  worker.terminate();
  workers.delete(id);
  if (!results.get(id)?.isDone) results.delete(id);
}

function receive(id, data) {
  if (data.share !== undefined) return showProgress(data.share);
  results.set(id, data);
  if (data.isDone || data.error) {
    workers.get(id)?.terminate();
    workers.delete(id);
  }
  if (id === OWN) showOwn(data);
  useResults();
}

/** Draw names where something was learned of every source: once from counts of letters, and again at the end. */
function useResults() {
  showProgress(null);
  const found = chosen.map((id) => results.get(id));
  if (found.every((result) => result?.learned)) return useSampler(new Sampler(found.map(({ learned }) => learned), content.minP));
  const failed = found.find((result) => result?.error);
  if (failed) waitForList(failed === results.get(OWN) ? "No names yet: nothing can be learned from this list." : failed.error, true);
  else if (!isLearning()) waitForList("Names come here when there is a list in the box.", false);
  else showStatus("Learning …", false);
}

const isLearning = () => workers.size > 0;

function showProgress(share) {
  byId("progress").hidden = !isLearning();
  byId("progress").value = share ?? 0;
}

const NOTHING_PASTED = byId("own-status").textContent;

/** What was found in the pasted list. */
function showOwn({ error = "", notes = [], count = 0 }) {
  const few = count && count < FEW_NAMES ? [`${FEW_NAMES} or more make better names.`] : [];
  const found = count ? [`${plural(count, "name")}.`] : [];
  const said = [...found, ...notes, ...few, "They stay in this browser."].join(" ");
  byId("own-status").textContent = error || (ownText.trim() ? said : NOTHING_PASTED);
  byId("own-status").classList.toggle("failed", error !== "");
}

/** Learn the pasted list anew; of a text that is too long, as much as is read. */
function setOwn(text) {
  text = text.slice(0, MOST_TEXT + 1);
  if (text === ownText) return;
  ownText = text;
  results.delete(OWN);
  if (workers.has(OWN)) stopWorker(OWN, workers.get(OWN));
  chooseSources(chosen);
}

// ---- The form -------------------------------------------------------------------------------------------------------

/** A menu for each source that is chosen, and one more to add another. */
function showChoice() {
  byId("source").hidden = sourceIds().length < 2;
  byId("own").hidden = !chosen.includes(OWN);
  byId("paste").hidden = chosen.includes(OWN) || !content.network;
  const places = chosen.length < Math.min(MOST_CHOSEN, sourceIds().length) ? [...chosen, ""] : chosen;
  const focused = document.activeElement?.id;
  byId("lists").replaceChildren(...places.flatMap((id, place) => menu(id, place)));
  document.getElementById(focused)?.focus();
  byId("heading").textContent = `: ${inWords(chosen.map(labelOf))}`;
}

function menu(chosenId, place) {
  const select = element("select", "", { id: `list-${place}` });
  if (place) select.append(element("option", "nothing else", { value: "" }));
  if (content.network) select.append(element("option", "your own list", { value: OWN }));
  const groups = Map.groupBy ? Map.groupBy([...content.models, ...content.lists], ({ group }) => group) : grouped();
  for (const [label, members] of groups) {
    const group = label ? element("optgroup", "", { label }) : select;
    group.append(...members.map(({ id, label }) => element("option", label, { value: id })));
    if (label) select.append(group);
  }
  select.value = chosenId.split(":")[0];
  select.addEventListener("change", () => chooseAt(place, select.value));
  const both = element("span", "", { class: "menus" });
  both.append(select, ...labelMenu(chosenId, place));
  return [element("label", place ? "and like" : "Names like", { for: select.id }), both];
}

/** A menu of the labels of a list, where it has some. */
function labelMenu(chosenId, place) {
  const labels = [...(sourceOf(chosenId)?.labels?.keys() ?? [])];
  if (!labels.length) return [];
  const select = element("select", "", { id: `label-${place}`, "aria-label": "Which of them" });
  select.append(element("option", "all", { value: "" }), ...labels.map((label) => element("option", label, { value: label })));
  select.value = labelIn(chosenId);
  const [base] = chosenId.split(":");
  select.addEventListener("change", () => chooseAt(place, select.value ? `${base}:${select.value}` : base));
  return [select];
}

/** Choose something else in one menu. */
function chooseAt(place, id) {
  chooseSources([...chosen.slice(0, place), id, ...chosen.slice(place + 1)].filter(Boolean));
  if (id === OWN && !ownText) byId("pasted").focus();
}

function grouped() {
  const groups = new Map();
  for (const source of [...content.models, ...content.lists]) groups.set(source.group, [...(groups.get(source.group) ?? []), source]);
  return groups;
}

const inWords = (words) => (words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : words[0]);

function listenToSources() {
  let soon;
  byId("pasted").addEventListener("input", (event) => {
    event.stopPropagation();
    clearTimeout(soon);
    soon = setTimeout(() => setOwn(byId("pasted").value), PASTE_DELAY);
  });
  byId("lists").addEventListener("input", (event) => event.stopPropagation());
  byId("paste").addEventListener("click", () => {
    chooseSources([OWN]);
    byId("pasted").focus();
  });
  byId("own").addEventListener("dragover", (event) => event.preventDefault());
  byId("own").addEventListener("drop", (event) => takeText(event, event.dataTransfer));
  byId("pasted").addEventListener("paste", (event) => takeText(event, event.clipboardData));
}

/** Take a file, or a text too long for the box, which would take seconds to show it. */
async function takeText(event, data) {
  const [file] = data.files;
  const pasted = data.getData("text");
  if (!file && pasted.length <= MOST_SHOWN_TEXT) return;
  event.preventDefault();
  const text = file ? await file.slice(0, 4 * MOST_TEXT).text() : pasted;
  byId("pasted").value = text.length > MOST_SHOWN_TEXT ? "" : text;
  byId("pasted").placeholder = `${file?.name ?? "The text"} was read.`;
  setOwn(text);
}
