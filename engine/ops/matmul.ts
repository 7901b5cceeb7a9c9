// Matrix products: batched, with transposes as flags, a scale, an epilogue and a residual.
import { isFloat } from '../dtype.ts';
import { lastOf, rowsOf, type Shape, sameShape, sizeOf, type TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { dtypeError, floatInput, rankFrom, shapeError } from './check.ts';
import type { OpCase, OpDef, OpTable, Ref } from './def.ts';
import * as f from './functions.ts';
import type { OpAttrs } from './names.ts';

type Attrs = OpAttrs['matmul'];

interface Dims {
  readonly batch: Shape;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** b has no leading axes. */
  readonly shared: boolean;
}

/** @throws RustaError `shape-mismatch`, `dtype-mismatch`. */
function dimsOf(inputs: readonly TensorType[], { transA, transB, out, epilogue }: Attrs): Dims {
  const { dtype } = floatInput('matmul', inputs, 0);
  const a = rankFrom('matmul', inputs, 0, 2);
  const b = rankFrom('matmul', inputs, 1, 2);
  const [m, k] = ends(a, transA);
  const [inner, n] = ends(b, transB);
  if ((inputs[1] as TensorType).dtype !== dtype) dtypeError('matmul', 'a and b differ', inputs, `b in ${dtype}`);
  if (!isFloat(out) || (out === 'f64') !== (dtype === 'f64'))
    dtypeError('matmul', `no result in ${out}`, inputs, dtype === 'f64' ? 'f64' : 'f32 or f16');
  if (k !== inner) shapeError('matmul', 'inner dimensions differ', inputs, `${k} ${transB ? 'columns' : 'rows'} in b`);
  const batch = a.slice(0, -2);
  const shared = b.length === 2;
  if (!shared && !sameShape(batch, b.slice(0, -2)))
    shapeError('matmul', 'leading axes differ', inputs, 'the same in a and b, or none in b');
  const residual = inputs[2];
  if (residual !== undefined) {
    const shape = [...batch, m, n];
    if (epilogue !== 'none') shapeError('matmul', `${epilogue} with a residual`, inputs, 'one of the two');
    if (residual.dtype !== out) dtypeError('matmul', `the residual is ${residual.dtype}`, inputs, out);
    if (!sameShape(residual.shape, shape))
      shapeError('matmul', 'the residual does not fit', inputs, `a residual [${shape.join(',')}]`);
  }
  return { batch, m, n, k, shared };
}

function ends(shape: Shape, swapped: boolean): readonly [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return swapped ? [columns, rows] : [rows, columns];
}

/** Gradients of a and b from that of scale * a·b. */
function back(g: Tensor, a: Tensor, b: Tensor, { transA, transB, scale }: Attrs): readonly [Tensor, Tensor] {
  const like = (x: Tensor) => ({ out: x.dtype as Attrs['out'], scale });
  const grad = f.cast(g, a.dtype);
  const batched = a.shape.length > 2;
  const shared = batched && b.shape.length === 2;
  const whole = shared && transA ? f.broadcastTo(b, [...a.shape.slice(0, -2), ...b.shape]) : b;
  const da = transA
    ? f.matmul(whole, grad, { ...like(a), transA: transB, transB: true })
    : f.matmul(grad, whole, { ...like(a), transB: !transB });
  // The gradient of a shared b sums over the batch, which may be long: in f32, where it is f16.
  const sums = { scale, out: a.dtype === 'f64' ? ('f64' as const) : ('f32' as const) };
  if (shared && !transA) {
    const byRows = (x: Tensor) => f.reshape(x, [rowsOf(x.shape), lastOf(x.shape)]);
    return [da, weightGrad(byRows(a), byRows(grad), false, transB, sums)];
  }
  const db = weightGrad(a, grad, transA, transB, batched && !shared ? like(b) : sums);
  return [da, shared ? f.sumTo(db, b.shape) : db];
}

function weightGrad(
  a: Tensor,
  g: Tensor,
  transA: boolean,
  transB: boolean,
  options: Pick<f.MatmulOptions, 'out' | 'scale'>,
): Tensor {
  return transB
    ? f.matmul(g, a, { ...options, transA: true, transB: transA })
    : f.matmul(a, g, { ...options, transA: !transA });
}

function forward(refs: readonly Ref[], attrs: Attrs): readonly Float64Array[] {
  const [a, b, residual] = refs as readonly [Ref, Ref, Ref?];
  const { transA, transB, scale, epilogue } = attrs;
  const { batch, m, n, k, shared } = dimsOf(
    refs.map(({ type }) => type),
    attrs,
  );
  const count = sizeOf(batch);
  const out = new Float64Array(count * m * n);
  // Rows of a and columns of b laid out one after the other, so that the inner loop walks both.
  const left = transA ? turned(a.data, count, k, m) : a.data;
  const right = transB ? b.data : turned(b.data, shared ? 1 : count, k, n);
  for (let index = 0; index < count; index += 1) {
    for (let row = 0; row < m; row += 1) {
      for (let column = 0; column < n; column += 1) {
        const from = (index * m + row) * k;
        const and = ((shared ? 0 : index * n) + column) * k;
        let total = 0;
        for (let i = 0; i < k; i += 1) total += (left[from + i] as number) * (right[and + i] as number);
        const at = (index * m + row) * n + column;
        const value = scale * total;
        const positive = value > 0 || Number.isNaN(value) ? value : 0;
        out[at] = (epilogue === 'relu2' ? positive * positive : value) + (residual?.data[at] ?? 0);
      }
    }
  }
  return [out];
}

/** [count, rows, columns] -> [count, columns, rows]. */
function turned(data: Float64Array, count: number, rows: number, columns: number): Float64Array {
  const out = new Float64Array(data.length);
  for (let index = 0; index < count; index += 1) {
    const first = index * rows * columns;
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1)
        out[first + column * rows + row] = data[first + row * columns + column] as number;
    }
  }
  return out;
}

const plain: Attrs = { transA: false, transB: false, scale: 1, epilogue: 'none', out: 'f32' };
const dense: Attrs = { ...plain, transB: true };

function productOf(attrs: Attrs, ...shapes: readonly Shape[]): OpCase<Attrs> {
  return { attrs, inputs: shapes.map((shape) => ({ dtype: 'f32', shape })) };
}

/** The model's products: d = 512, ffn 3072, over 512 positions; then its gradients, and squares that peers are timed on. */
const benched: readonly OpCase<Attrs>[] = [
  productOf(dense, [512, 512], [1536, 512]),
  productOf(dense, [512, 512], [512, 512], [512, 512]),
  productOf({ ...dense, epilogue: 'relu2' }, [512, 512], [3072, 512]),
  productOf(dense, [512, 3072], [512, 3072], [512, 512]),
  productOf(dense, [512, 512], [256, 512]),
  productOf(plain, [512, 3072], [3072, 512]),
  productOf({ ...plain, transA: true }, [512, 3072], [512, 512]),
  productOf(plain, [512, 512], [512, 512]),
  productOf(plain, [1024, 1024], [1024, 1024]),
].map((each) => ({ ...each, bench: true as const }));

const flags = [false, true].flatMap((transA) => [false, true].map((transB) => ({ ...plain, transA, transB })));

const matmul: OpDef<Attrs> = {
  arity: [2, 3],
  infer: (inputs, attrs) => {
    const { batch, m, n } = dimsOf(inputs, attrs);
    return [{ dtype: attrs.out, shape: [...batch, m, n] }];
  },
  forward,
  vjp: ({ inputs, outputs, grads, attrs }) => {
    const [a, b, residual] = inputs as readonly [Tensor, Tensor, Tensor?];
    const [g] = grads as readonly [Tensor];
    const through = attrs.epilogue === 'relu2' ? f.activationGrad(f.sqrt(outputs[0] as Tensor), g, 'relu2') : g;
    return [...back(through, a, b, attrs), ...(residual === undefined ? [] : [g])];
  },
  flops: (inputs, attrs) => {
    const { batch, m, n, k } = dimsOf(inputs, attrs);
    return 2 * sizeOf(batch) * m * n * k;
  },
  strided: [],
  cases: [
    ...flags.flatMap((attrs) =>
      (
        [
          [1, 1, 1],
          [3, 5, 2],
          [7, 17, 9],
          [33, 20, 65],
        ] as const
      ).map(([m, k, n]) => productOf(attrs, attrs.transA ? [k, m] : [m, k], attrs.transB ? [n, k] : [k, n])),
    ),
    ...flags.map((attrs) =>
      productOf(attrs, attrs.transA ? [2, 5, 3] : [2, 3, 5], attrs.transB ? [2, 4, 5] : [2, 5, 4]),
    ),
    ...flags.map((attrs) => productOf(attrs, attrs.transA ? [2, 5, 3] : [2, 3, 5], attrs.transB ? [4, 5] : [5, 4])),
    productOf({ ...dense, scale: 0.25 }, [2, 3, 4, 8], [2, 3, 4, 8]),
    productOf({ ...dense, scale: 2 }, [2, 3, 5], [4, 5], [2, 3, 4]),
    productOf({ ...dense, epilogue: 'relu2' }, [2, 3, 5], [4, 5]),
    productOf(plain, [0, 5], [5, 4]),
    productOf(plain, [3, 0], [0, 4]),
    productOf(plain, [2, 3, 0], [0, 4], [2, 3, 4]),
    productOf(dense, [130, 40], [72, 40]),
    ...benched,
  ],
};

export const products: Pick<OpTable, 'matmul'> = { matmul };
