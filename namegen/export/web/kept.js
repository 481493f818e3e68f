"use strict";

// The names that a person keeps, as the model spells them: here as long as the page is open, and where the browser
// remembers, on the next visit.

const STORE = `namegen kept: ${document.title}`;
let kept = [];
let removed = []; // all at once, and can be put back until another is kept

/** Names kept on an earlier visit, where the browser lets a page remember anything. */
function readKept() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return Array.isArray(stored) ? stored.filter((name) => typeof name === "string") : [];
  } catch {
    return [];
  }
}

function keep(name, wanted) {
  setKept(wanted ? [...kept, name] : kept.filter((other) => other !== name));
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
    // A browser that stores nothing keeps them as long as the page is open.
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
      button.append(element("bdi", spelled(name)), element("span", "remove", { class: "unseen" }));
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

/** Remove a kept name, and hand the focus to its neighbour, so that a keyboard does not lose its place. */
function removeKept(name) {
  const place = kept.indexOf(name);
  keep(name, false);
  const buttons = byId("kept-names").querySelectorAll("button");
  (buttons[Math.min(place, buttons.length - 1)] ?? byId("draw")).focus();
}
