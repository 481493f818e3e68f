// Finding and making elements.

const byId = (id) => document.getElementById(id);
const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
const inWords = (words, last = "and") => [words.slice(0, -1).join(", "), words.at(-1)].filter(Boolean).join(` ${last} `);

/** An element with a text and attributes. */
function element(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
