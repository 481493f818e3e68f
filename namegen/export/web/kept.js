// The names that a person keeps, in the model's letters, apart for each list: as long as the page is open, and where the
// browser stores something for a page, on the next visit.

const notStored = new Map(); // store → names that the browser could not store
let kept = [];
let before = null; // what was kept before the last removal, which can be undone
let keptIn = ""; // the store that they come from
const store = () => `namegen kept: ${document.title}: ${chosen.join(" ")}`;

/** Names kept on an earlier visit, or in another tab. */
function readKept() {
  before = null;
  keptIn = store();
  try {
    const stored = notStored.get(store()) ?? JSON.parse(localStorage.getItem(store()) ?? "[]");
    kept = Array.isArray(stored) ? stored.filter((name) => typeof name === "string").slice(0, 10000) : [];
  } catch {
    kept = [];
  }
  showKept();
}

/** Keep a name, or remove it. */
function keep(name, isKept) {
  setKept(isKept ? [...kept, name] : kept.filter((other) => other !== name));
}

function setKept(names) {
  before = names.length < kept.length ? kept : null;
  kept = names;
  try {
    localStorage.setItem(store(), JSON.stringify(kept));
    notStored.delete(store());
  } catch {
    notStored.set(store(), kept);
  }
  showKept();
}

function showKept() {
  byId("kept").classList.toggle("none", !(kept.length || before));
  byId("none-kept").hidden = kept.length > 0;
  byId("to-kept").hidden = !kept.length;
  byId("to-kept").textContent = `★ ${kept.length}`;
  byId("to-kept").setAttribute("aria-label", `Go to ${plural(kept.length, "kept name")}`);
  for (const id of ["copy", "as-text", "as-csv", "clear"]) byId(id).hidden = !kept.length;
  byId("undo").hidden = !before;
  byId("kept-names").replaceChildren(
    ...kept.map((name) => {
      const button = element("button", "", { type: "button" });
      button.append(element("bdi", displayed(name)), element("span", "remove", { class: "unseen" }));
      button.addEventListener("click", () => removeKept(name));
      const item = element("li");
      item.append(button);
      return item;
    }),
  );
  for (const item of byId("names").children) {
    item.querySelector(".star").setAttribute("aria-pressed", kept.includes(item.dataset.name));
  }
}

/** Remove a kept name, and move the focus to its neighbour, so that a keyboard user does not lose the place. */
function removeKept(name) {
  const place = kept.indexOf(name);
  keep(name, false);
  const buttons = byId("kept-names").querySelectorAll("button");
  (buttons[Math.min(place, buttons.length - 1)] ?? byId("undo")).focus();
}

/** Save the kept names as a file: one a line, or as a table with the list that they are like. */
function download(kind) {
  const cell = (text) => `"${text.replaceAll('"', '""')}"`;
  const rows = kept.map((name) => `${cell(displayed(name))},${cell(inWords(chosen.map(labelOf)))}`);
  const lines = kind === "csv" ? ["name,like", ...rows] : kept.map(displayed);
  const address = URL.createObjectURL(new Blob([lines.join("\n"), "\n"], { type: `text/${kind === "csv" ? "csv" : "plain"}` }));
  element("a", "", { href: address, download: `names.${kind}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
