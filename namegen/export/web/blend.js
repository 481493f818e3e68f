// A blend of models: p = Σ wᵢ pᵢ.

class Blend {
  constructor({ vocabulary, settings, tensors }) {
    this.vocabSize = [...vocabulary].length + 1;
    this.weights = tensors.weights;
    this.members = settings.members.map((member, i) => modelOf({ ...member, tensors: within(tensors, `members.${i}.`) }));
    this.translations = settings.members.map((member) => new Translation(vocabulary, member.vocabulary));
    this.contextSize = Math.max(...this.members.map((member) => member.contextSize));
  }

  probabilities(context) {
    const mixed = new Float64Array(this.vocabSize);
    this.members.forEach((member, i) => {
      const inner = this.translations[i].inwards(context.slice(-member.contextSize));
      const found = this.translations[i].outwards(member.probabilities(inner));
      for (let token = 0; token < mixed.length; token++) mixed[token] += this.weights[i] * found[token];
    });
    return mixed;
  }
}

/** Models blended with equal weights, or those given; as `modelOf` takes it. */
function blendOf(models, weights = models.map(() => 1 / models.length)) {
  const tensors = { weights };
  models.forEach((model, i) => {
    for (const [name, tensor] of Object.entries(model.tensors)) tensors[`members.${i}.${name}`] = tensor;
  });
  return { family: "blend", vocabulary: vocabularyOf(models.map((model) => model.vocabulary)), settings: { members: models }, tensors };
}

/** The characters of texts in code-point order, as one text. */
function vocabularyOf(texts) {
  const codes = [...new Set(texts.join(""))].map((character) => character.codePointAt(0));
  return codes.sort((a, b) => a - b).map((code) => String.fromCodePoint(code)).join("");
}

/** Between the tokens of a blend and those of a member that knows fewer, or orders them otherwise. */
class Translation {
  constructor(outer, inner) {
    this.same = outer === inner;
    const known = [...inner];
    this.innerOf = [BOUNDARY, ...[...outer].map((character) => known.indexOf(character) + 1 || -1)];
  }

  /** Everything up to the last character that the member does not know becomes the boundary. */
  inwards(context) {
    const inner = context.map((token) => this.innerOf[token]);
    const lastUnknown = inner.lastIndexOf(-1);
    return inner.map((token, place) => (place <= lastUnknown ? BOUNDARY : token));
  }

  /** A character that the member does not know gets its smallest probability; then all are made to sum to 1. */
  outwards(probabilities) {
    if (this.same) return probabilities;
    const least = probabilities.reduce((a, b) => Math.min(a, b));
    const spread = Float64Array.from(this.innerOf, (inner) => (inner < 0 ? least : probabilities[inner]));
    const total = sum(spread);
    return spread.map((p) => p / total);
  }
}
