// The constraints, as the form has them.

/** The constraints in the form; null where one is wrong, which is then said beside its field. */
function readConstraints() {
  const number = (id) => (byId(id).value.trim() === "" ? undefined : Number(byId(id).value));
  const text = (id) => sampler.spell(byId(id).value.normalize());
  const raw = byId("raw").checked;
  const constraints = {
    ...sampler.complete({
      seed, raw, start: text("start"), end: text("end"), contains: text("contains"), min: number("min"),
      max: number("max"), temperature: number("temperature"), distance: number("distance"), allowKnown: byId("known").checked,
    }),
    blocked: new Blocked(byId("never").value), count: number("count"), like: byId("like").value.trim().normalize().toLowerCase(),
  };
  byId("min").placeholder = constraints.min > 1 ? constraints.min : "any"; // seen where nothing was typed
  byId("max").placeholder = constraints.max < MAX_NAME_LENGTH ? constraints.max : "any";
  byId("distance").placeholder = sampler.complete({ raw, allowKnown: byId("known").checked }).distance;
  byId("distance-field").hidden = !sampler.hasNames;
  const errors = sampler.errorsIn(constraints);
  if (byId("never").value.length > MOST_BLOCKED) errors.never = `At most ${MOST_BLOCKED.toLocaleString("en")} characters.`;
  if (!(Number.isInteger(constraints.count) && constraints.count >= 1 && constraints.count <= 500)) errors.count = "From 1 to 500.";
  showErrors(errors);
  byId("temperature-shown").textContent = constraints.temperature.toFixed(2);
  return Object.keys(errors).length ? null : constraints;
}

/** Say beside each field what is wrong with it. */
function showErrors(errors) {
  for (const id of ["start", "end", "contains", "min", "max", "count", "distance", "never"]) {
    byId(`${id}-error`).textContent = errors[id] ?? "";
    byId(id).setAttribute("aria-invalid", id in errors);
  }
}

/** A name in the case that is chosen. */
function displayed(name) {
  return inCase(name, byId("case").value);
}
