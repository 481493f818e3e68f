
const sampler = new Sampler(opened(unpack(await inflated(PACKED))).models, MIN_P);

/**
 * What names are to be like; all that is left out is as the list has it.
 * @typedef {object} Constraints
 * @property {number} [seed] the same seed gives the same names; left out, others each time
 * @property {string} [start] how they begin
 * @property {string} [end] how they end
 * @property {string} [contains] what stands in them
 * @property {string} [like] a name that they are most like, of a thousand
 * @property {number} [min] the least length
 * @property {number} [max] the greatest length
 * @property {number} [temperature] below 1 safer names, above it wilder ones
 * @property {number} [distance] how many letters apart from every name on the list, at least; left out, 2 for a list of
 *   up to 300 names, if they are not as short as Chinese ones
 * @property {string} [never] what must not come: names, or with * letters, as in "anna, *ass*"
 * @property {boolean} [allowKnown] whether names on the list may come
 * @property {boolean} [raw] any length, and no improbable letter left out
 * @property {"title" | "upper" | "lower"} [case] capitals; left out, those of the list
 */

const KINDS = {
  seed: "number", start: "string", end: "string", contains: "string", like: "string", min: "number", max: "number", temperature: "number",
  distance: "number", never: "string", allowKnown: "boolean", raw: "boolean", case: "string",
};

/** Throw a RangeError for what is not a constraint. */
function check(count, constraints) {
  if (!Number.isInteger(count) || count < 0) throw new RangeError("count: must be an integer, 0 or more.");
  for (const [id, value] of Object.entries(constraints)) {
    if (!(id in KINDS)) throw new RangeError(`${id}: is not a constraint. Choose from: ${Object.keys(KINDS).join(", ")}.`);
    if (value !== undefined && typeof value !== KINDS[id]) throw new RangeError(`${id}: must be a ${KINDS[id]}.`);
  }
  const { temperature = 1, case: letters = "title" } = constraints;
  if (!(temperature >= 0.01 && temperature <= 100)) throw new RangeError("temperature: must be from 0.01 to 100.");
  if (!["title", "upper", "lower"].includes(letters)) throw new RangeError("case: must be title, upper or lower.");
}

/**
 * New names: none that is on the list, and none twice.
 * @param {number} [count] how many
 * @param {Constraints} [constraints]
 * @returns {string[]} fewer than `count` where 20,000 samples in a row do not meet the constraints
 * @throws {RangeError} for what is not a constraint, or cannot be met, in plain words
 */
export function sample(count = 10, constraints = {}) {
  check(count, constraints);
  const spelled = ["start", "end", "contains"].map((id) => [id, sampler.spell((constraints[id] ?? "").normalize())]);
  const seed = constraints.seed ?? Math.floor(Math.random() * 2 ** 32);
  const wanted = sampler.complete({ ...constraints, ...Object.fromEntries(spelled), seed });
  wanted.blocked = new Blocked(constraints.never ?? "");
  const [error] = Object.entries(sampler.errorsIn(wanted));
  if (error) throw new RangeError(`${error[0]}: ${error[1]}`);
  const [vain] = Object.entries(outcome(hopeless(sampler, wanted)));
  if (vain) throw new RangeError(`${vain[0]}: ${vain[1]}`);
  const names = [];
  const samples = sampler.draw(wanted);
  const enough = constraints.like ? Math.max(count, POOL) : count;
  for (let rejected = 0; names.length < enough && rejected < MAX_TRIES; rejected++) {
    const { value } = samples.next();
    if (value === null) continue;
    names.push(value);
    rejected = 0;
  }
  const ordered = constraints.like ? sampler.mostLike(constraints.like.normalize(), names) : names;
  return ordered.slice(0, count).map((name) => inCase(name, constraints.case ?? sampler.case));
}

/** What a generator returns. */
function outcome(generator) {
  let step;
  do step = generator.next(); while (!step.done);
  return step.value;
}

/**
 * How surprising each letter of a name is, and last its end: -ln p, in nats.
 * @param {string} name
 * @returns {number[]}
 */
export function surprisal(name) {
  return sampler.surprisal(sampler.spell(name.normalize()));
}
