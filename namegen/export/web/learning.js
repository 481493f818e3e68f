// A list of names to what `Sampler` takes: at once an n-gram model, then its blend with the adapted network. With a
// label, such as female, each is blended of that of the names with the label and that of the whole list.

const OWN_SHARE = 0.75;

/** What is learned from a list at once. Throws an `Error` that says why, where there is nothing to learn from. */
function counted({ names, labelled = null, case: written }) {
  if (!names.length) throw new Error("There are no names in this list. Give one name per line.");
  if (names.length < 2) throw new Error("There is only one name in this list. A list needs at least two different names.");
  const vocabulary = vocabularyOf(names);
  const model = ofLabel(labelled, names, (some) => ngramOf(some, vocabulary));
  return { model, known: { names }, labelled, count: (labelled ?? names).length, usualLengths: usualLengths(names), case: written };
}

/** The same with the network, where it can be adapted. */
function adapted(network, learned, onProgress = () => {}) {
  const { known: { names }, labelled } = learned;
  if (whyNotAdapted(network, names)) return learned;
  const vocabulary = vocabularyOf([...names, "abcdefghijklmnopqrstuvwxyz"]);
  let begun = 0; // of the models that there will be
  const model = ofLabel(labelled, names, (some) => {
    const before = begun++;
    const adaptedTo = adapt(network, some, vocabulary, (share) => onProgress((before + share) / (labelled ? 2 : 1)));
    const weight = ngramWeight(some.length);
    return blendOf([ngramOf(some, vocabulary), adaptedTo], [weight, 1 - weight]);
  });
  return { ...learned, model };
}

function ofLabel(labelled, names, modelOfNames) {
  if (!labelled) return modelOfNames(names);
  return blendOf([modelOfNames(labelled), modelOfNames(names)], [OWN_SHARE, 1 - OWN_SHARE]);
}

/** A bundled list, or its names with a label, as `counted` takes it. */
function listOf(lists, id, label = "") {
  const { names, case: written, labels } = lists.find((list) => list.id === id);
  return { names, case: written, labelled: labels.get(label) };
}

/** What the worker does with a text or a list: it posts each result as it comes. */
function learn({ network, list }, post) {
  let notes = [];
  try {
    const found = typeof list.text === "string" ? cleaned(list.text) : list;
    notes = found.notes ?? [];
    const learned = counted(found);
    const why = whyNotAdapted(network, found.names);
    if (why) notes = [...notes, `The network ${why}, so letters are counted alone.`];
    post({ learned, notes, count: found.names.length });
    post({ learned: adapted(network, learned, (share) => post({ share })), notes, count: found.names.length, isDone: true });
  } catch (error) {
    post({ error: [error.message, ...notes].join(" "), isDone: true });
  }
}
