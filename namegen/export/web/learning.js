"use strict";

// A list of names to what `Sampler` takes: at once an n-gram model, then its blend with the adapted network.

/** What is learned from a list at once. Throws an `Error` that says why, where there is nothing to learn from. */
function counted({ names, case: written }) {
  if (!names.length) throw new Error("There are no names in this list. Give one name per line.");
  if (names.length < 2) throw new Error("There is only one name in this list. A list needs at least two different names.");
  const vocabulary = vocabularyOf(names);
  return { model: ngramOf(names, vocabulary), known: { names }, usualLengths: usualLengths(names), case: written };
}

/** The same with the network, where it can be adapted. */
function adapted(network, learned, onProgress) {
  const { names } = learned.known;
  if (whyNotAdapted(network, names)) return learned;
  const vocabulary = vocabularyOf([...names, "abcdefghijklmnopqrstuvwxyz"]);
  const models = [ngramOf(names, vocabulary), adapt(network, names, vocabulary, onProgress)];
  const weight = ngramWeight(names.length);
  return { ...learned, model: blendOf(models, [weight, 1 - weight]) };
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
    post({ error: [error.message, ...notes].join(" ") });
  }
}
