import {
  add,
  affine,
  checkpoint,
  gradients,
  matmul,
  mean,
  openDevice,
  relu2,
  reshape,
  slice,
  square,
  sub,
  type Tensor,
} from '../../engine/index.ts';
import { RustaError } from '../../schemas/errors.ts';
import { assert, test } from '../support/harness.ts';

const device = await openDevice({ device: 'reference' });
test.after(() => device.close());

/** Code and message of what is thrown. */
async function refusal(body: () => unknown): Promise<string> {
  try {
    await body();
  } catch (error) {
    assert.instance(error, RustaError);
    return `${(error as RustaError).code} · ${(error as RustaError).message}`;
  }
  throw new Error('nothing was refused');
}

const numbers = async (tensor: Tensor): Promise<number[]> => Array.from(await tensor.data());

test('eager ops run at once; data is the one asynchronous call', async () => {
  const x = device.tensor([1, 2, 3, 4], [2, 2]);
  assert.equal(await numbers(matmul(x, x)), [7, 10, 15, 22]);
  assert.equal(await numbers(slice(reshape(x, [4]), 0, 1, 2)), [2, 3]);
});

test('contents come back as they were given, in every dtype; f16 as the nearest half', async () => {
  assert.equal(await numbers(device.tensor([1, -2, 300], [3], 'i32')), [1, -2, 300]);
  assert.equal(await numbers(device.tensor([1, 2, 255], [3], 'u8')), [1, 2, 255]);
  assert.equal(await numbers(device.tensor([-128, 127], [2], 'i8')), [-128, 127]);
  assert.equal(await numbers(device.tensor([0.1], [1], 'f64')), [0.1]);
  assert.equal(await numbers(device.tensor([0.1, 65504, 1e6, -1e-8, 6e-8], [5], 'f16')), [
    0.0999755859375,
    65504,
    Number.POSITIVE_INFINITY,
    -0,
    2 ** -24,
  ]);
  assert.equal(await numbers(device.tensor([], [0, 3])), []);
});

test('a program trains: gradients, a checkpointed block, and a parameter replaced in place', async () => {
  const x = device.tensor([1, 0, 0, 1], [2, 2]);
  const y = device.tensor([0.5, 0.25, 0.25, 0.5], [2, 2]);
  const w = device.tensor([0.5, 0.6, 0.7, 0.8], [2, 2]);
  const step = device.program(
    (x, y) => {
      const hidden = checkpoint((x: Tensor) => relu2(matmul(x, w)))(x);
      const loss = mean(square(sub(hidden, y)));
      const [gradient] = gradients(loss, [w]);
      device.assign(w, add(w, affine(gradient, -0.5, 0)));
      return { loss };
    },
    [x, y],
  );
  const first = await numbers(step.run([x, y]).loss);
  for (let at = 0; at < 200; at += 1) step.run([x, y]);
  const [last] = await numbers(step.run([x, y]).loss);
  assert.ok((first[0] as number) > 0.03 && (last as number) < 1e-6, `${first} -> ${last}`);
  const found = await numbers(w);
  for (const [at, target] of [0.5, 0.25, 0.25, 0.5].entries())
    assert.ok(Math.abs((found[at] as number) ** 2 - target) < 1e-2, `weight ${at} is ${found[at]}`);
  step.dispose();
});

test('a scope frees all but what it returns', async () => {
  const before = device.memory();
  const kept = device.scope(() => {
    const x = device.tensor([1, 2, 3, 4]);
    return { doubled: add(x, x), also: [affine(x, 1, 1)] };
  });
  assert.is(device.memory().tensors - before.tensors, 2);
  assert.equal(await numbers(kept.doubled), [2, 4, 6, 8]);
  const sum = await device.scope(async () => numbers(add(kept.doubled, kept.doubled)));
  assert.equal(sum, [4, 8, 12, 16]);
  assert.is(device.memory().tensors - before.tensors, 2);
  const lost: Tensor[] = [];
  device.scope(() => {
    lost.push(device.tensor([1]));
    return null;
  });
  assert.match(await refusal(() => lost[0]?.data()), /^tensor-freed · read: f32\[1\] was freed/);
});

test('what a scope throws comes out, and its tensors are freed', async () => {
  const before = device.memory().live;
  const failing = (): never => {
    device.tensor([1, 2, 3]);
    throw new RangeError('mine');
  };
  assert.throws(() => device.scope(failing), /mine/);
  let message = '';
  await device.scope(async () => failing()).catch((error: Error) => (message = error.message));
  assert.is(message, 'mine');
  assert.is(device.memory().live, before);
});

test('asynchronous scopes that overlap are refused', async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = device.scope(async () => {});
  const second = device.scope(async () => gate);
  const told = await refusal(() => first);
  open();
  await second;
  assert.match(told, /^scope-order · /);
});

test('10,000 replayed steps neither allocate nor leak', async () => {
  const x = device.tensor([1, 2]);
  const step = device.program((x) => affine(x, 2, 0), [x]);
  step.run([x]);
  const before = device.memory();
  for (let at = 0; at < 10_000; at += 1) {
    device.write(x, [at, 1]);
    step.run([x]);
  }
  assert.equal(await numbers(step.run([x])), [19998, 2]);
  assert.equal(device.memory(), before);
});

test('10,000 eager steps in a scope each leave nothing behind', async () => {
  const x = device.tensor([1, 2]);
  device.scope(() => add(x, x).shape);
  const before = device.memory();
  for (let at = 0; at < 10_000; at += 1) device.scope(() => add(x, x).shape);
  assert.equal(device.memory(), before);
});

test('memory runs out with the arithmetic: who asked for how much, and what is in use', async () => {
  const small = await openDevice({ device: 'reference', memoryLimit: 1000 });
  small.tensor(new Float32Array(200));
  const told = await refusal(() => small.tensor(new Float32Array(100)));
  assert.is(told, 'out-of-memory · allocate: tensor f32[100] needs 400 bytes; 800 of 1000 are in use');
  const many = (x: Tensor) => [add(x, x), affine(x, 2, 0), affine(x, 3, 0)];
  const x = small.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  const before = small.memory();
  assert.match(await refusal(() => small.program(many, [x])), /^out-of-memory · .*an output of a program, f32\[16\]/);
  assert.equal(small.memory().live, before.live, 'what was allocated before it ran out is given back');
  await small.close();
});

test('a closed device refuses everything, and closing it twice is nothing', async () => {
  const other = await openDevice({ device: 'reference' });
  const x = other.tensor([1]);
  const step = other.program((x) => add(x, x), [x]);
  await other.close();
  await other.close();
  for (const body of [() => other.tensor([1]), () => add(x, x), () => x.data(), () => step.run([x])])
    assert.match(await refusal(body), /^device-closed · .*: the device was closed/);
});

test('what cannot be is refused in one line that says what to do', async () => {
  const x = device.tensor([1, 2, 3, 4], [2, 2]);
  const other = await openDevice({ device: 'reference' });
  const foreign = other.tensor([1]);
  const step = device.program((x) => add(x, x), [x]);
  let traced: Tensor | null = null;
  device.program(
    (x) => {
      traced = x;
      return x;
    },
    [x],
  );
  const cases: readonly [() => unknown, RegExp][] = [
    [() => device.tensor([1, 2], [3]), /^shape-mismatch · tensor: 2 numbers do not fill f32\[3\]/],
    [() => device.tensor([1], [-1]), /^shape-mismatch · tensor: \[-1\] is no shape/],
    [() => device.tensor([1], [1], 'f8' as never), /^dtype-mismatch · tensor: there is no dtype 'f8'/],
    [() => device.write(x, [1]), /^shape-mismatch · write: 1 numbers do not fill f32\[2,2\]/],
    [() => matmul(x, device.tensor([1, 2, 3], [3, 1])), /^shape-mismatch · matmul: .*f32\[2,2\], f32\[3,1\]/],
    [() => add(x, device.tensor([1], [1], 'f16')), /^dtype-mismatch · add: /],
    [() => add(x, foreign), /^foreign-tensor · add: /],
    [() => add(x, traced as unknown as Tensor), /^foreign-tensor · add: /],
    [() => add(traced as unknown as Tensor, x), /^trace-closed · add: /],
    [() => step.run([device.tensor([1, 2])]), /^shape-mismatch · run: input 0 is f32\[2\], recorded as f32\[2,2\]/],
    [() => step.run([step.run([x])]), /^aliased-input · run: input 0 is an output of the same program/],
    [() => step.run([] as never), /^wrong-arity · run: 0 inputs given, expected 1/],
    [() => device.program((x) => [x, 3] as never, [x]), /^not-tensors · program: /],
    [() => device.program((async (x: Tensor) => x) as never, [x]), /^not-tensors · program: /],
    [() => device.program((x) => x.data() as never, [x]), /^traced-read · data: /],
    [() => gradients(add(x, x), [x]), /^not-traced · gradients: /],
    [() => device.program((x) => gradients(x, [x])[0], [x]), /^shape-mismatch · gradients: the loss is f32\[2,2\]/],
    [
      () =>
        device.program(
          (x) => {
            device.assign(add(x, x), x);
            return x;
          },
          [x],
        ),
      /^not-an-input · assign: /,
    ],
    [() => openDevice({ device: 'cuda' as never }), /^no-device · openDevice: there is no device 'cuda'/],
  ];
  for (const [body, message] of cases) assert.match(await refusal(body), message);
  await other.close();
});

test('an error inside a recorded function leaves the device as it was', async () => {
  const x = device.tensor([1, 2]);
  assert.throws(() =>
    device.program(() => {
      throw new RangeError('mine');
    }, [x]),
  );
  assert.equal(await numbers(add(x, x)), [2, 4]);
});

test('what a program captured stays alive with it', async () => {
  const step = device.scope(() => {
    const w = device.tensor([1, 2]);
    return device.program((x) => add(x, w), [w]);
  });
  assert.equal(await numbers(step.run([device.tensor([10, 20])])), [11, 22]);
  step.dispose();
  assert.match(await refusal(() => step.run([device.tensor([10, 20])])), /^program-disposed · /);
});

test('a constant made while a program is recorded lives and ends with the program', async () => {
  const x = device.tensor([1, 2]);
  const before = device.memory();
  const step = device.program((x) => device.scope(() => add(x, device.tensor([10, 20]))), [x]);
  assert.equal(await numbers(step.run([x])), [11, 22]);
  step.dispose();
  assert.equal(device.memory().live, before.live);
  assert.is(device.memory().tensors, before.tensors);
});

test('info tells which device runs, and why', () => {
  const { kind, choices } = device.info();
  assert.is(kind, 'reference');
  assert.equal(choices[0], { what: 'device', chosen: 'reference', why: 'asked for by name' });
});
