// The minimum of a smooth function by L-BFGS, as `namegen.training.lbfgs` finds it.

const PAIRS = 10;

/**
 * Where a smooth function is smallest, from x (Liu & Nocedal 1989; Nocedal & Wright 2006, algorithm 7.5). The function
 * gives its value and another function, which gives the gradient there. Stops after so many steps, or when one gains
 * less than 10⁻⁵ of the value.
 */
function minimise(valueAndGradient, x, { steps, curvatures = null, onStep = () => {} }) {
  let [value, slopes] = valueAndGradient(x);
  let gradient = slopes();
  let pairs = []; // of steps and the changes of the gradient, the newest last
  for (let step = 1; step <= steps && gradient.some((g) => g !== 0); step++) {
    onStep(step / steps);
    const direction = inverseHessianTimes(gradient, pairs, curvatures).map((d) => -d);
    const slope = dot(gradient, direction);
    let length = 1;
    let there, newValue;
    while (true) { // halve the step until it gains enough (Armijo 1966)
      there = x.map((start, i) => start + length * direction[i]);
      [newValue, slopes] = valueAndGradient(there);
      if (newValue <= value + 1e-4 * length * slope || length < 1e-6) break;
      length /= 2;
    }
    const newGradient = slopes();
    const moved = there.map((end, i) => end - x[i]);
    const changed = newGradient.map((g, i) => g - gradient[i]);
    if (dot(moved, changed) > 1e-10) pairs = [...pairs, [moved, changed]].slice(-PAIRS);
    const isDone = value - newValue < 1e-5 * Math.abs(value);
    [x, value, gradient] = [there, newValue, newGradient];
    if (isDone) break;
  }
  return x;
}

/** H⁻¹ g, estimated from the last steps s and changes of the gradient y: the two-loop recursion. */
function inverseHessianTimes(gradient, pairs, curvatures) {
  const q = gradient.slice();
  const newestFirst = [...pairs].reverse();
  const shares = newestFirst.map(([s, y]) => {
    const share = dot(s, q) / dot(s, y);
    for (let i = 0; i < q.length; i++) q[i] -= share * y[i];
    return share;
  });
  const scaled = (vector) => (curvatures ? vector.map((number, i) => number / curvatures[i]) : vector);
  const [s, y] = newestFirst[0] ?? [];
  const unit = curvatures ? 1 : 1 / Math.sqrt(dot(q, q));
  const scale = pairs.length ? dot(s, y) / dot(y, scaled(y)) : unit;
  const product = scaled(q).map((number) => number * scale);
  pairs.forEach(([s, y], place) => {
    const share = shares[pairs.length - 1 - place] - dot(y, product) / dot(s, y);
    for (let i = 0; i < product.length; i++) product[i] += share * s[i];
  });
  return product;
}
