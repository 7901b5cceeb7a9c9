// A function of tensors as a program: it is called once with tensors that have a type and no contents.
import { RustaError } from '../../schemas/errors.ts';
import type { TensorType } from '../shape.ts';
import type { Context, Tensor } from '../tensor.ts';
import { isTree, leaves, type Tree } from '../tree.ts';
import { Recorder } from './record.ts';
import type { Program } from './types.ts';

/** One tensor for each type. */
export type TensorsOf<I extends readonly TensorType[]> = { readonly [K in keyof I]: Tensor };

export interface Traced<O extends Tree> {
  readonly program: Program;
  /** Tensors from outside: the program's inputs after its arguments. */
  readonly captured: readonly Tensor[];
  /** What the function gave, with traced tensors in it: the form of the outputs. */
  readonly form: O;
}

/**
 * @param outer the context whose tensors may be captured.
 * @param recording is told of the recorder while the function runs.
 */
export function trace<const I extends readonly TensorType[], O extends Tree>(
  fn: (...inputs: TensorsOf<I>) => O,
  types: I,
  outer: Context | null = null,
  recording: (recorder: Recorder, body: () => O) => O = (_, body) => body(),
): Traced<O> {
  const recorder = new Recorder(outer);
  const inputs = types.map((type) => recorder.input(type)) as unknown as TensorsOf<I>;
  const form = recording(recorder, () => fn(...inputs));
  if (!isTree(form)) {
    throw new RustaError('the function gave something other than tensors, arrays and objects of tensors', {
      code: 'not-tensors',
      op: 'program',
      got: form instanceof Promise ? 'a promise' : typeof form,
      hint: 'a recorded function is synchronous and returns tensors; what else it finds out is not part of the program',
    });
  }
  const program = recorder.finish(leaves(form));
  return { program, captured: recorder.captured, form };
}
