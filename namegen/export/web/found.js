"use strict";

// The names that were found, and the surprise of their letters.

const LONG_NAME = 11; // letters that fit into a narrow column; one longer name makes all columns wide
const hint = byId("surprise").firstElementChild; // what stands there until a name is pointed at

/** Show these names; where the list grows, those that stand there stay. */
function showNames(names) {
  const list = byId("names");
  [...list.children].slice(names.length).forEach((item) => item.remove());
  names.forEach((name, place) => {
    const there = list.children[place];
    const shown = byId("title").checked ? titled(name) : name;
    if (there?.dataset.name === shown) return;
    const item = nameItem(name, shown, `surprise-${place}`);
    if (there) there.replaceWith(item);
    else list.append(item);
  });
  list.classList.toggle("long", names.some((name) => [...name].length > LONG_NAME));
  byId("surprise").hidden = !names.length;
}

function nameItem(name, shown, id) {
  const letters = lettersOf(name);
  const item = element("li");
  item.dataset.name = shown;
  const button = element("button", "", { type: "button", class: "name", "aria-describedby": id });
  button.append(element("bdi", shown), element("span", "keep", { class: "unseen" }));
  button.setAttribute("aria-pressed", kept.includes(shown));
  button.addEventListener("click", () => keep(shown, !kept.includes(shown)));
  const said = letters.map(({ symbol, nats }) => `${symbol} ${nats.toFixed(1)}`).join(", ");
  const remark = namer.isKnown(name) ? "On the list. " : "";
  item.append(button, element("span", `${remark}Surprise in nats: ${said}`, { id, hidden: "" }));
  for (const event of ["mouseenter", "focus", "click"]) {
    button.addEventListener(event, () => showSurprise(letters, remark));
  }
  return item;
}

function lettersOf(name) {
  const symbols = [...name].map((symbol) => (symbol === " " ? "␣" : symbol));
  return namer.surprises(name).map((nats, place) => ({ symbol: symbols[place] ?? "end", nats }));
}

/** A bar for each letter, in a place of its own, so that it covers no other name. */
function showSurprise(letters, remark) {
  const columns = letters.map(({ symbol, nats }, place) => {
    const column = element("div", "", { class: "letter" });
    const bar = element("i");
    bar.style.height = `${Math.min(nats, 8) * 0.4}rem`;
    const isEnd = place === letters.length - 1;
    column.append(bar, element("b", symbol, { class: isEnd ? "end" : "" }), element("span", nats.toFixed(1)));
    return column;
  });
  const row = element("div", "", { class: "letters", dir: "auto" });
  row.append(...columns);
  const total = letters.reduce((sum, { nats }) => sum + nats, 0).toFixed(1);
  byId("surprise").replaceChildren(row, element("p", `${remark}Surprise of each letter in nats, ${total} in all.`));
}
