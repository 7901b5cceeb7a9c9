// Safetensors files: what PyTorch wrote is read, what is written is read again, and hostile files are refused.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { fileSource, memorySource, replaceFile } from '../../../engine/checkpoint/bytes.ts';
import { Safetensors, type Writable, writeSafetensors } from '../../../engine/checkpoint/safetensors.ts';
import { toBytes } from '../../../engine/contents.ts';
import { type DType, dtypes } from '../../../engine/dtype.ts';
import { sizeOf } from '../../../engine/shape.ts';
import { RustaError } from '../../../schemas/errors.ts';
import { assert, test } from '../../support/harness.ts';
import { path } from '../model/fixture.ts';

let folder: string;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
test.after(() => rm(folder, { recursive: true, force: true }));

async function written(tensors: readonly Writable[], metadata: Record<string, string> = {}): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  await writeSafetensors(async (bytes) => void parts.push(bytes.slice()), tensors, metadata);
  return Uint8Array.from(Buffer.concat(parts));
}

/** A file of this header, as text or as a value, and so many bytes. */
function file(header: unknown, dataBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Uint8Array.from(Buffer.concat([length, json, Buffer.alloc(dataBytes)]));
}

async function refusal(
  bytes: Uint8Array,
  read: (file: Safetensors) => Promise<unknown> = async () => {},
): Promise<string> {
  try {
    await read(await Safetensors.open(memorySource(bytes, 'here')));
  } catch (error) {
    assert.instance(error, RustaError, String(error));
    return (error as RustaError).message;
  }
  return 'accepted';
}

const tensorOf = (name: string, dtype: DType, shape: readonly number[]): fc.Arbitrary<Writable> =>
  fc
    .array(fc.integer({ min: 0, max: 100 }), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    .map((numbers) => ({ name, dtype, shape, bytes: () => toBytes(dtype, numbers) }));

const someTensors = fc
  .uniqueArray(
    fc.string({ maxLength: 12 }).filter((name) => name !== '__metadata__'),
    { maxLength: 6 },
  )
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc
          .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { maxLength: 3 }))
          .chain(([dtype, shape]) => tensorOf(name, dtype, shape)),
      ),
    ),
  );

test('what is written is read again: names, dtypes, shapes, bytes, metadata', async () => {
  await fc.assert(
    fc.asyncProperty(
      someTensors,
      fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
      async (tensors, metadata) => {
        fc.pre(!Object.hasOwn(metadata, 'sha256') && !Object.hasOwn(metadata, '__proto__'));
        fc.pre(tensors.every(({ name }) => name !== '__proto__'));
        const opened = await Safetensors.open(memorySource(await written(tensors, metadata)));
        assert.equal([...opened.tensors.keys()].sort(), tensors.map(({ name }) => name).sort());
        assert.ok(opened.verified);
        for (const { name, dtype, shape, bytes } of tensors) {
          assert.equal([opened.tensors.get(name)?.dtype, opened.tensors.get(name)?.shape], [dtype, shape]);
          assert.equal(await opened.bytes(name), Uint8Array.from(await bytes()));
        }
        const { sha256: _, ...rest } = opened.metadata;
        assert.equal(rest, metadata);
      },
    ),
    { numRuns: 100 },
  );
});

test('a file that PyTorch wrote is read, with its metadata', async () => {
  const opened = await Safetensors.open(await fileSource(path));
  assert.match(opened.metadata.torch as string, /^2\.\d+/);
  assert.equal(opened.tensors.get('tokens')?.shape, [4, 2, 25]);
  const mix = await opened.contents('init.mix');
  assert.ok(mix instanceof Float32Array && Math.abs((mix[0] as number) - 1) < 0.5);
  assert.not(opened.verified, 'PyTorch writes no digests');
  await opened.close();
});

test('hostile headers are refused, each with its reason', async () => {
  const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
    dtype: 'F32',
    shape,
    data_offsets: [begin, end],
  });
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [new Uint8Array(5), /5 bytes are too few/],
    [Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 255]), /beyond the format's/],
    [Uint8Array.from([9, 0, 0, 0, 0, 0, 0, 0, 123]), /a header of 9 bytes does not fit into a file of 9/],
    [file('{', 0), /no JSON/],
    [file('[]', 0), /no JSON object/],
    [file('null', 0), /no JSON object/],
    [file({ a: 1 }, 0), /tensor 'a': no object/],
    [file({ a: { ...f32(0, 4), more: 1 } }, 4), /the unknown field 'more'/],
    [file({ a: { dtype: 'F31', shape: [1], data_offsets: [0, 4] } }, 4), /no dtype "F31"/],
    [file({ a: { dtype: 'toString', shape: [1], data_offsets: [0, 4] } }, 4), /no dtype "toString"/],
    [file({ a: f32(0, 4, [-1]) }, 4), /no list of whole numbers/],
    [file({ a: f32(0, 4, [1.5]) }, 4), /no list of whole numbers/],
    [file({ a: f32(0, 4, [2 ** 40, 2 ** 40]) }, 4), /overflows/],
    [file({ a: f32(0, 4, [2]) }, 4), /4 bytes for F32\[2\], which takes 8/],
    [file({ a: f32(4, 0, [1]) }, 4), /bytes 4 to 0 of 4/],
    [file({ a: f32(0, 8) }, 4), /bytes 0 to 8 of 4: it was cut short/],
    [file({ a: f32(0, 8), b: f32(4, 12) }, 12), /tensor 'b' overlaps/],
    [file({ a: f32(0, 4), b: f32(8, 12) }, 12), /4 bytes before tensor 'b' belong to none/],
    [file({ a: f32(0, 4) }, 12), /8 bytes at the end belong to no tensor/],
    [file({ __metadata__: { a: 1 }, b: f32(0, 4) }, 4), /__metadata__ is no object of texts/],
    [file({ __metadata__: { sha256: '{' }, b: f32(0, 4) }, 4), /digests is no JSON/],
    [file({ __metadata__: { sha256: '{}' }, b: f32(0, 4) }, 4), /the digest of 'b' is missing/],
  ];
  for (const [bytes, reason] of cases) assert.match(await refusal(bytes), reason);
});

test('no change of a byte and no cut goes unnoticed, and none ends in anything but a refusal', async () => {
  const tensors = [
    { name: 'a', dtype: 'f32', shape: [3], bytes: () => toBytes('f32', [1, 2, 3]) },
    { name: 'b', dtype: 'i8', shape: [2, 2], bytes: () => toBytes('i8', [1, -2, 3, -4]) },
  ] as const satisfies readonly Writable[];
  const whole = await written(tensors);
  const readAll = async (opened: Safetensors) => {
    for (const { name, bytes } of tensors)
      if (`${await opened.bytes(name)}` !== `${Uint8Array.from(bytes())}`) throw new Error(`'${name}' has other bytes`);
  };
  assert.is(await refusal(whole, readAll), 'accepted');
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (place, by) => {
      const changed = whole.slice();
      changed[place] = (changed[place] as number) ^ by;
      // A change of a name or of spaces is another valid file; what it says of a and b must still hold.
      await refusal(changed, readAll);
    }),
    { numRuns: 500 },
  );
  for (let length = 0; length < whole.length; length += 1)
    assert.is.not(await refusal(whole.slice(0, length), readAll), 'accepted');
});

test('bytes that are not JSON, or no file at all, are refused and never crash', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), fc.json(), async (noise, text) => {
      await refusal(noise);
      await refusal(file(text, noise.length));
    }),
    { numRuns: 300 },
  );
});

test('a missing tensor, one of a dtype that the engine lacks, and a missing file are named', async () => {
  const bytes = file({ a: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, 8);
  assert.match(await refusal(bytes, (opened) => opened.contents('a')), /'a' is I64/);
  assert.match(await refusal(bytes, (opened) => opened.contents('b')), /there is no tensor 'b'/);
  const missing = await fileSource(join(folder, 'none')).catch((error) => error as RustaError);
  assert.is((missing as RustaError).code, 'checkpoint-missing');
});

test('a file is replaced whole or not at all', async () => {
  const target = join(folder, 'model.safetensors');
  await writeFile(target, 'before');
  const failed = await replaceFile(target, async (sink) => {
    await sink(new Uint8Array(10));
    throw new Error('no');
  }).catch((error) => error as Error);
  assert.is((failed as Error).message, 'no');
  assert.is(await readFile(target, 'utf8'), 'before');
  await replaceFile(target, (sink) => sink(Uint8Array.of(97)));
  assert.is(await readFile(target, 'utf8'), 'a');
  assert.equal(await readdir(folder), ['model.safetensors']);
});
