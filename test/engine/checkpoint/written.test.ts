// What is written is what other libraries open: byte by byte the committed file, which the safetensors library reads back to the
// same numbers (test/fixtures/engine/check-written.py).
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Writable, writeSafetensors } from '../../../engine/checkpoint/safetensors.ts';
import { toBytes, toF16 } from '../../../engine/contents.ts';
import type { DType } from '../../../engine/dtype.ts';
import { assert, test } from '../../support/harness.ts';

const path = fileURLToPath(new URL('../../fixtures/engine/written.safetensors', import.meta.url));

const tensor = (name: string, dtype: DType, shape: readonly number[], numbers: readonly number[]): Writable => {
  const given = dtype === 'f16' ? Uint16Array.from(numbers, toF16) : numbers;
  return { name, dtype, shape, bytes: () => toBytes(dtype, given) };
};

const tensors = [
  tensor('f64', 'f64', [2, 2], [0.1, -2.5, 1e300, 0]),
  tensor('f32', 'f32', [2, 3], [0.5, -1.25, 3, 1e-30, 65504, -0]),
  tensor('f16', 'f16', [4], [1, -0.5, 65504, 2 ** -24]),
  tensor('i32', 'i32', [3], [-2147483648, 0, 2147483647]),
  tensor('i8', 'i8', [2, 2], [-128, -1, 0, 127]),
  tensor('u8', 'u8', [1, 3], [0, 128, 255]),
  tensor('empty', 'f32', [0, 5], []),
  tensor('scalar', 'f32', [], [7]),
  tensor('odd é name', 'u8', [1], [42]),
];

test('the file that other libraries were tried on is written again to the same bytes', async () => {
  const parts: Uint8Array[] = [];
  await writeSafetensors(async (bytes) => void parts.push(bytes.slice()), tensors, { config: '{"v":1}' });
  const written = Buffer.concat(parts);
  // After a change that is meant: write it anew, and run check-written.py on it.
  if (process.env.RUSTA_WRITE_FIXTURE === '1') await writeFile(path, written);
  assert.ok(written.equals(await readFile(path)));
});
