"use strict";

// The names that a person keeps, in the model's letters: as long as the page is open, and where the browser stores
// something for a page, on the next visit.

const STORE = `namegen kept: ${document.title}`;
let kept = [];
let removed = []; // all together; they can be put back until another name is kept

/** Names kept on an earlier visit. */
function readKept() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return Array.isArray(stored) ? stored.filter((name) => typeof name === "string") : [];
  } catch {
    return [];
  }
}

/** Keep a name, or remove it. */
function keep(name, isKept) {
  setKept(isKept ? [...kept, name] : kept.filter((other) => other !== name));
}

/** Remove all names, or put those back that were removed. */
function removeAll() {
  setKept(kept.length ? [] : removed, kept);
}

function setKept(names, before = []) {
  kept = names;
  removed = before;
  try {
    localStorage.setItem(STORE, JSON.stringify(kept));
  } catch {
    // Without storage, names are kept as long as the page is open.
  }
  showKept();
}

function showKept() {
  byId("kept").hidden = !(kept.length || removed.length);
  byId("copy").hidden = !kept.length;
  byId("clear").textContent = kept.length ? "Remove all" : `Put ${plural(removed.length, "name")} back`;
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
  (buttons[Math.min(place, buttons.length - 1)] ?? byId("draw")).focus();
}
