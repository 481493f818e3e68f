/** Random numbers from 0 to below 1, the same for the same seed: xoshiro128** (Blackman & Vigna 2018). */
function randomNumbers(seed) {
  const rotate = (x, bits) => (x << bits) | (x >>> (32 - bits));
  const state = Int32Array.from({ length: 4 }, () => {
    seed = (seed + 0x9e3779b9) | 0; // SplitMix32: near seeds give states that are far apart
    let mixed = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  });
  return () => {
    const drawn = Math.imul(rotate(Math.imul(state[1], 5), 7), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 11);
    return drawn / 2 ** 32;
  };
}
