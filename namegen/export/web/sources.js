// What the names are to be like: models within the page, bundled lists, and the list of whoever uses it. Lists are
// learned by workers, one each; a list that was learned once is kept.

const OWN = "own"; // the id of the list that is pasted
const MOST_CHOSEN = 3;

let content; // of the page: models, lists, network
let chosen = []; // ids
const results = new Map(); // id → what was learned so far: { learned, notes, count, isDone } or { error }
const workers = new Map(); // id → { worker, share }, where the share is how far it has come

const modelsAndLists = () => [...content.models, ...content.lists];
const sourceIds = () => [...modelsAndLists().map(({ id }) => id), ...(content.network ? [OWN] : [])];

/** The list or model of an id, which may end with one of its labels, as in irish:female. */
function sourceOf(id) {
  return modelsAndLists().find((source) => source.id === id.split(":")[0]);
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

/** Choose sources, as a new entry of the history where someone did so, and learn those that were not learned yet. */
function chooseSources(ids, isNew = false) {
  chosen = ids.filter((id, place) => isSource(id) && ids.indexOf(id) === place).slice(0, MOST_CHOSEN);
  if (!chosen.length) chosen = [content.models[0]?.id ?? content.start];
  showChoice();
  writeAddress(isNew);
  if (keptIn !== store()) readKept();
  for (const id of workers.keys()) if (!chosen.includes(id)) stopWorker(id);
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
  workers.set(id, { worker, share: 0 });
  worker.onmessage = ({ data }) => receive(id, data);
  worker.onerror = () => receive(id, { error: "This list could not be learned in this browser.", isDone: true });
  worker.postMessage({ network: content.network, letters: content.letters, list });
}

/** End the worker of a list; what it found stays where it came to its end. */
function stopWorker(id) {
  workers.get(id)?.worker.terminate();
  workers.delete(id);
  if (!results.get(id)?.isDone) results.delete(id);
}

function receive(id, data) {
  if (data.share !== undefined) {
    workers.get(id).share = data.share;
    return showProgress();
  }
  results.set(id, data);
  if (data.isDone) stopWorker(id);
  if (id === OWN) showOwn(data);
  useResults();
}

/** Draw names where something was learned of every source: once from counts of letters, and again at the end. */
function useResults() {
  showProgress();
  const found = chosen.map((id) => results.get(id));
  if (found.every((result) => result?.learned)) return useSampler(new Sampler(found.map(({ learned }) => learned), content.minP));
  const failed = found.find((result) => result?.error);
  if (failed) waitForList(failed === results.get(OWN) ? "No names yet: nothing can be learned from this list." : failed.error, true);
  else if (!isLearning()) waitForList("Names come here when there is a list in the box.", false);
  else showStatus("Learning …", false);
}

const isLearning = () => workers.size > 0;

/** How far the slowest list has come. */
function showProgress() {
  byId("progress").hidden = !isLearning();
  byId("progress").value = Math.min(1, ...Array.from(workers.values(), ({ share }) => share));
}
