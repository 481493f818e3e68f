"use strict";

// The constraints and settings: in the form, and in the address after #, so that a link gives the same names.

const FIELDS = ["start", "end", "min", "max", "temperature", "count"];
const BOXES = ["known", "raw"];

/** The constraints in the form; null where one is wrong, which is then said beside its field. */
function readConstraints() {
  const number = (id, otherwise) => (byId(id).value.trim() === "" ? otherwise : Number(byId(id).value));
  const raw = byId("raw").checked;
  const [low, high] = raw ? [1, MAX_NAME_LENGTH] : sampler.usualLengths;
  byId("min").placeholder = low > 1 ? low : "any";
  byId("max").placeholder = high < MAX_NAME_LENGTH ? high : "any";
  const max = number("max", Math.min(Math.max(high, number("min", 1)), MAX_NAME_LENGTH));
  const constraints = {
    seed,
    start: sampler.spell(byId("start").value.normalize()),
    end: sampler.spell(byId("end").value.normalize()),
    min: number("min", Math.max(Math.min(low, max), 1)),
    max,
    temperature: number("temperature", 1),
    minP: raw ? 0 : sampler.minP,
    count: number("count", NaN),
    allowKnown: byId("known").checked,
  };
  const errors = errorsIn(constraints);
  for (const id of ["start", "end", "min", "max", "count"]) {
    byId(`${id}-error`).textContent = errors[id] ?? "";
    byId(id).setAttribute("aria-invalid", id in errors);
  }
  byId("temperature-shown").textContent = constraints.temperature.toFixed(2);
  return Object.keys(errors).length ? null : constraints;
}

function errorsIn({ start, end, min, max, count }) {
  const errors = {};
  const isInteger = (number, most) => Number.isInteger(number) && number >= 1 && number <= most;
  for (const [id, text] of Object.entries({ start, end })) {
    const unknown = sampler.unknown(text);
    if (unknown.length) errors[id] = `No name on the list contains ${unknown.map((c) => `“${c}”`).join(" or ")}.`;
    else if ([...text].length > max) errors[id] = "This is longer than the maximum length.";
  }
  if (!isInteger(min, MAX_NAME_LENGTH)) errors.min = `From 1 to ${MAX_NAME_LENGTH}.`;
  if (!isInteger(max, MAX_NAME_LENGTH)) errors.max = `From 1 to ${MAX_NAME_LENGTH}.`;
  else if (min > max) errors.max = "This is less than the minimum length.";
  if (!isInteger(count, 500)) errors.count = "From 1 to 500.";
  return errors;
}

/** The part of the address after #: the seed, and every setting that is not at its default. */
function writeAddress() {
  const changed = FIELDS.filter((id) => byId(id).value !== byId(id).defaultValue).map((id) => [id, byId(id).value]);
  changed.push(...BOXES.filter((id) => byId(id).checked).map((id) => [id, "1"]));
  if (byId("case").value !== listCase()) changed.push(["case", byId("case").value]);
  byId("changed").textContent = changed.length ? ` · ${changed.length} changed` : "";
  history.replaceState(null, "", `#${new URLSearchParams([["seed", seed], ...changed])}`);
}

/** Put the settings of the address into the form; without a seed, pick one. */
function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const field of FIELDS.map(byId)) {
    const value = given.get(field.id) ?? field.defaultValue;
    field.value = value;
    if (field.value !== value) field.value = field.defaultValue; // not a value of this field
  }
  for (const id of BOXES) byId(id).checked = given.get(id) === "1";
  byId("case").value = given.get("case") ?? listCase();
  if (byId("case").selectedIndex < 0) byId("case").value = listCase();
  seed = /^\d{1,10}$/.test(given.get("seed")) ? Number(given.get("seed")) >>> 0 : newSeed();
}

/** The case that the list is written in, as the page begins. */
function listCase() {
  return [...byId("case").options].find((option) => option.defaultSelected).value;
}

/** A name in the case that is chosen. */
function displayed(name) {
  return sampler.inCase(name, byId("case").value);
}

function newSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
