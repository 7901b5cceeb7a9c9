// Muon (Jordan et al. 2024): momentum, then an update whose singular values are all near one. Matrices are stacked,
// [L, out, in], and orthogonalised together.
import type { DType } from '../dtype.ts';
import { add, affine, cast, div, matmul, mul, sqrt, square, sub, sum } from '../ops/functions.ts';
import type { Tensor } from '../tensor.ts';

/** Coefficients of the quintic that the authors chose: steep at zero, near one from there on. */
const [a, b, c] = [3.4445, -4.775, 2.0315];
const iterations = 5;

/**
 * Newton–Schulz iteration: g[L,M,N] -> about U·V^T of each matrix's singular value decomposition, in g's dtype.
 * @param dtype of the products.
 */
export function orthogonalised(g: Tensor, dtype: DType = g.dtype): Tensor {
  const norm = sqrt(sum(square(g), { axes: [-2, -1], keepDims: true }));
  let x = cast(div(g, affine(norm, 1, 1e-7)), dtype);
  const [rows, columns] = g.shape.slice(-2) as [number, number];
  const tall = rows > columns;
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    // Over the shorter side: x·x^T where it is wide, x^T·x where it is tall.
    const s = matmul(x, x, tall ? { transA: true } : { transB: true });
    const polynomial = matmul(s, s, { scale: c, residual: affine(s, b, 0) });
    const residual = affine(x, a, 0);
    x = tall ? matmul(x, polynomial, { residual }) : matmul(polynomial, x, { residual });
  }
  return cast(x, g.dtype);
}

/** What the update is scaled by, so that its size does not depend on the matrix's proportions. */
export function muonScale(rows: number, columns: number): number {
  return Math.sqrt(Math.max(1, rows / columns));
}

export interface MuonHyper {
  /** Scalars, of the parameter's dtype: the rate of this step (0 where it is skipped), and 1 or, where skipped, 0. */
  readonly rate: Tensor;
  readonly gate: Tensor;
  readonly momentum: number;
  readonly decay: number;
  /** Of the products of the iteration. */
  readonly dtype: DType;
}

/** (p, g, m)[L,M,N] -> (p', m'). g must be finite, and zero in a step that is skipped. */
export function muon(p: Tensor, g: Tensor, m: Tensor, hyper: MuonHyper): readonly [Tensor, Tensor] {
  const { rate, gate, momentum, decay, dtype } = hyper;
  const nextM = add(m, mul(sub(g, m), affine(gate, 1 - momentum, 0)));
  const ahead = add(g, affine(sub(nextM, g), momentum, 0));
  const [rows, columns] = p.shape.slice(-2) as [number, number];
  const update = mul(orthogonalised(ahead, dtype), affine(rate, muonScale(rows, columns), 0));
  return [sub(mul(p, affine(rate, -decay, 1)), update), nextM];
}
