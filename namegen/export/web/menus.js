// The menus of models and lists: one for each that is chosen, and one more to add another.

function showChoice() {
  byId("source").hidden = sourceIds().length < 2;
  byId("own").hidden = !chosen.includes(OWN);
  byId("paste").hidden = chosen.includes(OWN) || !content.network;
  const places = chosen.length < Math.min(MOST_CHOSEN, sourceIds().length) ? [...chosen, ""] : chosen;
  const focused = document.activeElement?.id;
  byId("lists").replaceChildren(...places.flatMap((id, place) => menu(id, place)));
  document.getElementById(focused)?.focus();
  byId("heading").textContent = `: ${inWords(chosen.map(labelOf))}`;
}

function menu(chosenId, place) {
  const select = element("select", "", { id: `list-${place}` });
  if (place) select.append(element("option", "nothing else", { value: "" }));
  if (content.network) select.append(element("option", "your own list", { value: OWN }));
  const groups = new Map(); // by their labels; the models of a page have none
  for (const { id, label, group } of modelsAndLists()) {
    if (group && !groups.has(group)) select.append(groups.set(group, element("optgroup", "", { label: group })).get(group));
    (groups.get(group) ?? select).append(element("option", label, { value: id }));
  }
  select.value = chosenId.split(":")[0];
  select.addEventListener("change", () => chooseAt(place, select.value));
  const both = element("span", "", { class: "menus" });
  both.append(select, ...labelMenu(chosenId, place));
  return [element("label", place ? "and like" : "Names like", { for: select.id }), both];
}

/** A menu of the labels of a list, where it has some. */
function labelMenu(chosenId, place) {
  const labels = [...(sourceOf(chosenId)?.labels?.keys() ?? [])];
  if (!labels.length) return [];
  const select = element("select", "", { id: `label-${place}`, "aria-label": "Which of them" });
  select.append(element("option", "all", { value: "" }), ...labels.map((label) => element("option", label, { value: label })));
  select.value = labelIn(chosenId);
  const [base] = chosenId.split(":");
  select.addEventListener("change", () => chooseAt(place, select.value ? `${base}:${select.value}` : base));
  return [select];
}

/** Choose something else in one menu. */
function chooseAt(place, id) {
  chooseSources([...chosen.slice(0, place), id, ...chosen.slice(place + 1)].filter(Boolean), true);
  if (id === OWN && !ownText) byId("pasted").focus();
}
