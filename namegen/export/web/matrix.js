// Products of matrices, row after row in Float32Arrays.

/**
 * A Bᵀ into C, for A (rows × depth), B (columns × depth) and C (rows × columns). Four rows of each are taken at a time,
 * so that each number that is read is used four times; the last rows may be taken twice.
 */
function productWithTransposed(a, b, c, [rows, depth, columns]) {
  const start = (place, count) => Math.min(place, count - 1) * depth;
  for (let row = 0; row < rows; row += 4) {
    const a0 = row * depth, a1 = start(row + 1, rows), a2 = start(row + 2, rows), a3 = start(row + 3, rows);
    for (let column = 0; column < columns; column += 4) {
      const b0 = column * depth, b1 = start(column + 1, columns), b2 = start(column + 2, columns), b3 = start(column + 3, columns);
      let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
      let s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
      for (let k = 0; k < depth; k++) {
        const w = b[b0 + k], x = b[b1 + k], y = b[b2 + k], z = b[b3 + k];
        const m = a[a0 + k], n = a[a1 + k], o = a[a2 + k], p = a[a3 + k];
        s00 += m * w; s01 += m * x; s02 += m * y; s03 += m * z;
        s10 += n * w; s11 += n * x; s12 += n * y; s13 += n * z;
        s20 += o * w; s21 += o * x; s22 += o * y; s23 += o * z;
        s30 += p * w; s31 += p * x; s32 += p * y; s33 += p * z;
      }
      const sums = [s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33];
      const [height, width] = [Math.min(4, rows - row), Math.min(4, columns - column)];
      for (let i = 0; i < height; i++) for (let j = 0; j < width; j++) c[(row + i) * columns + column + j] = sums[4 * i + j];
    }
  }
}

function transposed(matrix, [rows, columns]) {
  const turned = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) turned[j * rows + i] = matrix[i * columns + j];
  return turned;
}

/** x W, for a vector x. */
function timesMatrix(x, matrix, columns) {
  const product = new Float32Array(columns);
  for (let k = 0; k < x.length; k++) for (let j = 0; j < columns; j++) product[j] += x[k] * matrix[k * columns + j];
  return product;
}
