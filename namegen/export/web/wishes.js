"use strict";

// What a person asks for: in a form, and in the address after #, so that a link gives the same names.

const FIELDS = ["start", "end", "min", "max", "temperature", "count"];
const CHECKS = ["known", "title"];

/** What the form asks for; what is wrong with it is said beside each field, and then there is nothing to ask for. */
function readWishes() {
  const number = (id, otherwise) => (byId(id).value.trim() === "" ? otherwise : Number(byId(id).value));
  const wishes = {
    seed,
    start: namer.spell(byId("start").value.normalize()),
    end: namer.spell(byId("end").value.normalize()),
    min: number("min", 1),
    max: number("max", LONGEST_NAME),
    temperature: number("temperature", 1),
    count: number("count", NaN),
    allowKnown: byId("known").checked,
    spelling: spelled,
  };
  const faults = faultsOf(wishes);
  for (const id of ["start", "end", "min", "max", "count"]) {
    byId(`${id}-error`).textContent = faults[id] ?? "";
    byId(id).setAttribute("aria-invalid", id in faults);
  }
  byId("temperature-shown").textContent = wishes.temperature.toFixed(2);
  return Object.keys(faults).length ? null : wishes;
}

function faultsOf({ start, end, min, max, count }) {
  const faults = {};
  const isWhole = (number, most) => Number.isInteger(number) && number >= 1 && number <= most;
  for (const [id, text] of Object.entries({ start, end })) {
    const unknown = namer.unknown(text);
    if (unknown.length) faults[id] = `No name on the list has ${unknown.map((c) => `“${c}”`).join(" or ")}.`;
    else if ([...text].length > max) faults[id] = "This is longer than the longest.";
  }
  if (!isWhole(min, LONGEST_NAME)) faults.min = `From 1 to ${LONGEST_NAME}.`;
  if (!isWhole(max, LONGEST_NAME)) faults.max = `From 1 to ${LONGEST_NAME}.`;
  else if (min > max) faults.max = "Less than the shortest.";
  if (!isWhole(count, 500)) faults.count = "From 1 to 500.";
  return faults;
}

/** The part of the address after #: the seed, and every setting that is not at its default. */
function writeAddress() {
  const changed = FIELDS.filter((id) => byId(id).value !== byId(id).defaultValue).map((id) => [id, byId(id).value]);
  const switched = CHECKS.map(byId).filter((box) => box.checked !== box.defaultChecked);
  changed.push(...switched.map((box) => [box.id, box.checked ? "1" : "0"]));
  byId("changed").textContent = changed.length ? ` · ${changed.length} changed` : "";
  history.replaceState(null, "", `#${new URLSearchParams([["seed", seed], ...changed])}`);
}

/** Put the settings of the address into the form; a seed that it lacks is picked. */
function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const field of FIELDS.map(byId)) {
    const value = given.get(field.id) ?? field.defaultValue;
    field.value = value;
    if (field.value !== value) field.value = field.defaultValue; // no value for such a field
  }
  for (const box of CHECKS.map(byId)) {
    const value = given.get(box.id);
    box.checked = value === "1" || (value !== "0" && box.defaultChecked);
  }
  seed = /^\d{1,10}$/.test(given.get("seed")) ? Number(given.get("seed")) >>> 0 : newSeed();
}

/** A name in the letters that are asked for. */
function spelled(name) {
  return byId("title").checked ? namer.titled(name) : name;
}

function newSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
