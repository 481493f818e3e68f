// The list of names, each with a star that keeps it. The surprisal of a name's letters replaces the hint while the
// pointer is over the name, and stands in a row of its own once the name is pressed.

const HINT = byId("hint").textContent;

/** Show these names; what is already there stays, so that a growing list does not flicker. */
function showNames(names) {
  const list = byId("names");
  [...list.children].slice(names.length).forEach((item) => item.remove());
  names.forEach((name, place) => {
    const current = list.children[place];
    if (current?.dataset.name === name && current.dataset.shown === displayed(name)) return;
    const item = nameItem(name);
    if (current) current.replaceWith(item);
    else list.append(item);
  });
  byId("hint").hidden = !names.length;
  showHint();
}

function nameItem(name) {
  const shown = displayed(name);
  const star = element("button", "", { type: "button", class: "star", "aria-label": `Keep ${shown}` });
  star.setAttribute("aria-pressed", kept.includes(name));
  star.addEventListener("click", () => keep(name, !kept.includes(name)));
  const button = element("button", "", { type: "button", class: "name", "aria-expanded": false });
  button.append(element("bdi", shown));
  if (sampler.isKnown(name)) button.append(" ", element("small", "on the list"));
  button.style.setProperty("--ems", emsOf(shown));
  const entry = element("div", "", { class: "entry" });
  entry.append(star, button);
  const item = element("li");
  Object.assign(item.dataset, { name, shown });
  item.append(entry);
  button.addEventListener("click", () => {
    const open = item.querySelector(".surprisal");
    if (open) closeSurprisal(open);
    else openSurprisal(item, name);
  });
  button.addEventListener("pointerenter", ({ pointerType }) => {
    if (pointerType === "mouse" && !item.querySelector(".surprisal")) peek(name);
  });
  button.addEventListener("pointerleave", showHint);
  return item;
}

const ruler = document.createElement("canvas").getContext("2d");
ruler.font = `100px ${getComputedStyle(document.documentElement).getPropertyValue("--serif")}`;

/** How wide a name is, in em. */
function emsOf(shown) {
  return ruler.measureText(shown).width / 100;
}

/** Show how likely each letter is in place of the hint, so that nothing moves. */
function peek(name) {
  const letters = [...name].map((letter) => letter.replace(" ", "␣"));
  const shown = sampler.surprisal(name).map((nats, place) => `${letters[place] ?? "end"}\u00a0${percent(nats)}`);
  byId("hint").textContent = `Percent by letter: ${shown.join(", ")}`;
}

/** A probability as percent, from its surprisal in nats. */
function percent(nats) {
  const share = 100 * Math.exp(-nats);
  return share >= 9.5 ? share.toFixed(0) : share >= 0.1 ? share.toPrecision(1) : "<0.1";
}

/** What is to be said of a name's letters in plain words: its least likely one. */
function inPlainWords(name, surprisal) {
  const place = surprisal.indexOf(Math.max(...surprisal));
  const letter = [...name][place];
  const what = letter === undefined ? "its end" : `the ${letter.replace(" ", "space")}`;
  const oneIn = Math.round(Math.exp(surprisal[place]));
  if (oneIn < 4) return "No letter of it is a surprise.";
  return `Its greatest surprise is ${what}: 1 in ${oneIn.toLocaleString("en")} names would go on so.`;
}

function showHint() {
  byId("hint").textContent = HINT;
}

/** Show how likely each letter of a name is in a row below it; what is above stays where it is. */
function openSurprisal(item, name) {
  const surprisal = sampler.surprisal(name);
  const close = element("button", "×", { type: "button", class: "close", "aria-label": "Close" });
  const letters = element("div", "", { class: "letters", dir: "auto" });
  letters.append(...surprisal.map((nats, place) => letterBar([...name][place], nats)));
  const panel = element("div", "", { class: "surprisal" });
  const like = element("button", "More like this", { type: "button", class: "like" });
  like.addEventListener("click", () => moreLike(name));
  panel.append(element("p", inPlainWords(name, surprisal)), letters, like, close);
  close.addEventListener("click", () => closeSurprisal(panel));
  item.append(panel);
  item.querySelector(".name").setAttribute("aria-expanded", true);
  panel.scrollIntoView({ block: "nearest" });
}

/** A letter, or the end of a name where there is none, with a bar as tall as its surprisal. */
function letterBar(letter, nats) {
  const column = element("div", "", { class: "letter" });
  const bar = element("i");
  bar.style.height = `${Math.min(nats, 8) * 0.4}rem`;
  const symbol = letter === undefined ? element("b", "end", { class: "end" }) : element("b", letter.replace(" ", "␣"));
  column.append(bar, symbol, element("span", `${percent(nats)}%`));
  return column;
}

function closeSurprisal(panel) {
  const button = panel.parentElement.querySelector(".name");
  button.setAttribute("aria-expanded", false);
  if (panel.contains(document.activeElement)) button.focus();
  panel.remove();
}
