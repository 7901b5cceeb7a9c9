// The same bits at any number of threads: every case of every op, and every gradient, at one, two and three.
import type { Backend } from '../../../../engine/backends/backend.ts';
import { open } from '../../../../engine/backends/wasm.ts';
import type { OpDef } from '../../../../engine/ops/def.ts';
import { table } from '../../../../engine/ops/table.ts';
import type { Program } from '../../../../engine/program/types.ts';
import { sizeOf } from '../../../../engine/shape.ts';
import { test } from '../../../support/harness.ts';
import { type AnyCase, gradientCase, opNames, single } from '../../support/conformance.ts';
import { execute } from '../../support/execute.ts';
import { filled, randomOf, seed } from '../../support/random.ts';

/** Cases of the benchmark are large enough to be shared out; those that a test has time for. */
const mostFlops = 1e8;
const mostElements = 1 << 21;

let backends: readonly Backend[] = [];
test.before(async () => {
  backends = await Promise.all([1, 2, 3].map((threads) => open({ threads })));
});
test.after(() => Promise.all(backends.map((backend) => backend.close())));

const bytes = (data: ArrayLike<number>): Buffer => {
  const { buffer, byteOffset, byteLength } = data as Float32Array;
  return Buffer.from(buffer, byteOffset, byteLength);
};

async function sameBits(what: string, program: Program, refs: Parameters<typeof execute>[2]): Promise<void> {
  const [one, ...others] = await Promise.all(backends.map((backend) => execute(backend, program, refs)));
  for (const [index, other] of others.entries())
    for (const [slot, data] of other.entries())
      if (!bytes(data).equals(bytes((one as ArrayLike<number>[])[slot] as ArrayLike<number>)))
        throw new Error(`${what}: output ${slot} has other bits at ${index + 2} threads (RUSTA_SEED=${seed})`);
}

for (const op of opNames) {
  test(`${op}, and its gradient: the same bits at 1, 2 and 3 threads`, async () => {
    const def = table[op] as OpDef<unknown>;
    for (const [index, each] of (def.cases as readonly AnyCase[]).entries()) {
      const elements = [...each.inputs, ...def.infer(each.inputs, each.attrs)].map(({ shape }) => sizeOf(shape));
      if (def.flops(each.inputs, each.attrs) > mostFlops || Math.max(...elements) > mostElements) continue;
      const name = `${op} ${index}`;
      const random = randomOf(name);
      const refs = each.inputs.map((type) => filled(type, random));
      await sameBits(name, single(op, each, 'plain').program, refs);
      const back = def.vjp === null ? null : gradientCase(op, each, name);
      if (back !== null) await sameBits(`the gradient of ${name}`, back.program, back.refs);
    }
  });
}
