// Gradient accumulation: a batch in parts, one after the other in the same program. What a part keeps for its backward pass
// is freed before the next begins (program/plan.ts sees that nobody reads it), so that memory is that of one part.
import { RustaError } from '../../schemas/errors.ts';
import { add, affine, slice } from '../ops/functions.ts';
import { written } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { leaves, rebuilt, type Tree } from '../tree.ts';

/**
 * The mean of what `fn` gives over equal parts of its inputs along their first axis: with gradients taken inside `fn`, the
 * gradient of the mean loss of the whole batch.
 * @param parts number of microbatches; divides the first extent of every input.
 * @param fn synchronous; gives floating-point tensors that are means over its part, or arrays and objects of them.
 * @throws RustaError `shape-mismatch`.
 */
export function microbatches<I extends readonly Tensor[], O extends Tree>(
  parts: number,
  fn: (...inputs: I) => O,
): (...inputs: I) => O {
  return (...inputs) => {
    for (const input of inputs) {
      const extent = input.shape[0];
      if (Number.isInteger(parts) && parts >= 1 && extent !== undefined && extent % parts === 0) continue;
      throw new RustaError(`${written(input)} does not fall into ${parts} equal parts`, {
        code: 'shape-mismatch',
        op: 'microbatches',
        expected: 'a first extent that the number of parts divides',
      });
    }
    let form: O | null = null;
    let sums: Tensor[] = [];
    for (let part = 0; part < parts; part += 1) {
      const own = inputs.map((input) => {
        const length = (input.shape[0] as number) / parts;
        return slice(input, 0, part * length, length);
      });
      form = fn(...(own as unknown as I));
      const found = leaves(form);
      sums = part === 0 ? found : sums.map((sum, at) => add(sum, found[at] as Tensor));
    }
    const means = parts === 1 ? sums : sums.map((sum) => affine(sum, 1 / parts, 0));
    return rebuilt(form as O, means.values());
  };
}
