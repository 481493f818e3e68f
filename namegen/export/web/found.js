"use strict";

// The names that were found: each with a star that keeps it. The surprise of a name's letters stands in place of the hint
// while it is pointed at, and, once it is pressed, in a row of its own.

const HINT = byId("hint").textContent;

/** Show these names; where the list grows, those that stand there stay. */
function showNames(names) {
  const list = byId("names");
  [...list.children].slice(names.length).forEach((item) => item.remove());
  names.forEach((name, place) => {
    const there = list.children[place];
    if (there?.dataset.name === name && there.dataset.shown === spelled(name)) return;
    const item = nameItem(name);
    if (there) there.replaceWith(item);
    else list.append(item);
  });
  byId("hint").hidden = !names.length;
  showHint();
}

function nameItem(name) {
  const shown = spelled(name);
  const star = element("button", "", { type: "button", class: "star", "aria-label": `Keep ${shown}` });
  star.setAttribute("aria-pressed", kept.includes(name));
  star.addEventListener("click", () => keep(name, !kept.includes(name)));
  const button = element("button", "", { type: "button", class: "name", "aria-expanded": false });
  button.append(element("bdi", shown));
  if (namer.isOnList(name, shown)) button.append(" ", element("small", "on the list"));
  button.style.setProperty("--ems", emsOf(shown));
  const entry = element("div", "", { class: "entry" });
  entry.append(star, button);
  const item = element("li");
  Object.assign(item.dataset, { name, shown });
  item.append(entry);
  button.addEventListener("click", () => {
    const open = item.querySelector(".surprise");
    if (open) closeSurprise(open);
    else openSurprise(item, name);
  });
  button.addEventListener("pointerenter", ({ pointerType }) => {
    if (pointerType === "mouse" && !item.querySelector(".surprise")) peek(name);
  });
  button.addEventListener("pointerleave", showHint);
  return item;
}

const ruler = document.createElement("canvas").getContext("2d");
ruler.font = `100px ${getComputedStyle(document.documentElement).getPropertyValue("--serif")}`;

/** How wide a name is, in sizes of its font. */
function emsOf(shown) {
  return ruler.measureText(shown).width / 100;
}

/** Tell the surprise of each letter in the room of the hint, so that nothing moves. */
function peek(name) {
  const letters = [...name].map((letter) => letter.replace(" ", "␣"));
  const told = namer.surprises(name).map((nats, place) => `${letters[place] ?? "end"}\u00a0${nats.toFixed(1)}`);
  byId("hint").textContent = `Surprise in nats: ${told.join(", ")}`;
}

function showHint() {
  byId("hint").textContent = HINT;
}

/** The surprise of each letter of a name, in a row of its own below it: what is above stays where it is. */
function openSurprise(item, name) {
  const surprises = namer.surprises(name);
  const total = surprises.reduce((sum, nats) => sum + nats, 0).toFixed(1);
  const close = element("button", "×", { type: "button", class: "close", "aria-label": "Close" });
  const letters = element("div", "", { class: "letters", dir: "auto" });
  letters.append(...surprises.map((nats, place) => letterBar([...name][place], nats)));
  const panel = element("div", "", { class: "surprise" });
  panel.append(element("p", `Surprise of each letter in nats, ${total} in all`), letters, close);
  close.addEventListener("click", () => closeSurprise(panel));
  item.append(panel);
  item.querySelector(".name").setAttribute("aria-expanded", true);
  panel.scrollIntoView({ block: "nearest" });
}

/** A letter, or the end of a name where there is none, with a bar as tall as its surprise. */
function letterBar(letter, nats) {
  const column = element("div", "", { class: "letter" });
  const bar = element("i");
  bar.style.height = `${Math.min(nats, 8) * 0.4}rem`;
  const symbol = letter === undefined ? element("b", "end", { class: "end" }) : element("b", letter.replace(" ", "␣"));
  column.append(bar, symbol, element("span", nats.toFixed(1)));
  return column;
}

function closeSurprise(panel) {
  const button = panel.parentElement.querySelector(".name");
  button.setAttribute("aria-expanded", false);
  if (panel.contains(document.activeElement)) button.focus();
  panel.remove();
}
