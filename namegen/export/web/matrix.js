"use strict";

// Products of matrices, row after row in Float32Arrays. Rows are taken four at a time, so that each number that is read
// is used four times.

/** A Bᵀ into C, for A (rows × depth), B (columns × depth) and C (rows × columns). */
function productWithTransposed(a, b, c, [rows, depth, columns]) {
  for (let row = 0; row < rows; row += 4) {
    const r = [0, 1, 2, 3].map((i) => Math.min(row + i, rows - 1));
    for (let column = 0; column < columns; column += 4) {
      const q = [0, 1, 2, 3].map((j) => Math.min(column + j, columns - 1)); // the last ones may be computed twice
      fourDots(a, b, c, r, q, depth, columns);
    }
  }
}

function fourDots(a, b, c, [r0, r1, r2, r3], [q0, q1, q2, q3], depth, columns) {
  const [a0, a1, a2, a3] = [r0 * depth, r1 * depth, r2 * depth, r3 * depth];
  const [b0, b1, b2, b3] = [q0 * depth, q1 * depth, q2 * depth, q3 * depth];
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [s20, s21, s22, s23, s30, s31, s32, s33] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = 0; k < depth; k++) {
    const [w, x, y, z] = [b[b0 + k], b[b1 + k], b[b2 + k], b[b3 + k]];
    let n = a[a0 + k];
    s00 += n * w; s01 += n * x; s02 += n * y; s03 += n * z;
    n = a[a1 + k];
    s10 += n * w; s11 += n * x; s12 += n * y; s13 += n * z;
    n = a[a2 + k];
    s20 += n * w; s21 += n * x; s22 += n * y; s23 += n * z;
    n = a[a3 + k];
    s30 += n * w; s31 += n * x; s32 += n * y; s33 += n * z;
  }
  const [c0, c1, c2, c3] = [r0 * columns, r1 * columns, r2 * columns, r3 * columns];
  c[c0 + q0] = s00; c[c0 + q1] = s01; c[c0 + q2] = s02; c[c0 + q3] = s03;
  c[c1 + q0] = s10; c[c1 + q1] = s11; c[c1 + q2] = s12; c[c1 + q3] = s13;
  c[c2 + q0] = s20; c[c2 + q1] = s21; c[c2 + q2] = s22; c[c2 + q3] = s23;
  c[c3 + q0] = s30; c[c3 + q1] = s31; c[c3 + q2] = s32; c[c3 + q3] = s33;
}

/** A B, added to C, for A (rows × depth), B (depth × columns) and C (rows × columns). */
function addProduct(a, b, c, [rows, depth, columns]) {
  for (let k = 0; k < depth; k += 4) {
    const [k1, k2, k3] = [1, 2, 3].map((i) => Math.min(k + i, depth - 1));
    for (let row = 0; row < rows; row++) {
      const start = row * depth;
      const w = a[start + k];
      const x = k + 1 < depth ? a[start + k1] : 0;
      const y = k + 2 < depth ? a[start + k2] : 0;
      const z = k + 3 < depth ? a[start + k3] : 0;
      addFour(c, row * columns, b, [k * columns, k1 * columns, k2 * columns, k3 * columns], [w, x, y, z], columns);
    }
  }
}

/** Four rows of B, each times a factor, added to a row of C. */
function addFour(c, start, b, [b0, b1, b2, b3], [w, x, y, z], columns) {
  for (let j = 0; j < columns; j++) {
    c[start + j] += w * b[b0 + j] + x * b[b1 + j] + y * b[b2 + j] + z * b[b3 + j];
  }
}

function transposed(matrix, [rows, columns]) {
  const turned = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) turned[j * rows + i] = matrix[i * columns + j];
  return turned;
}
