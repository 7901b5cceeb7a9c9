// What goes wrong on a GPU, on SwiftShader: no adapter, too much memory, a broken shader, a lost device. Each is one error
// that says what to do, and nothing hangs.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { open, type WebGpuBackend } from '../../../engine/backends/webgpu.ts';
import { openDevice } from '../../../engine/device.ts';
import { add, matmul, softmax } from '../../../engine/ops/functions.ts';
import { Recorder } from '../../../engine/program/record.ts';
import { seal } from '../../../engine/program/seal.ts';
import { readWgsl } from '../../../kernels/wgsl-registry.ts';
import { RustaError } from '../../../schemas/errors.ts';
import { assert, test } from '../../support/harness.ts';
import { onSwiftshader } from '../../support/swiftshader.ts';

await onSwiftshader();

async function failure(what: () => unknown): Promise<RustaError> {
  try {
    await what();
  } catch (error) {
    if (error instanceof RustaError) return error;
    throw error;
  }
  throw new Error('nothing went wrong');
}

/** x + x of 8 numbers on a backend. */
async function twice(backend: WebGpuBackend): Promise<Float32Array> {
  const recorder = new Recorder();
  const x = recorder.input({ dtype: 'f32', shape: [8] });
  const executable = backend.prepare(seal(recorder.finish([add(x, x)])));
  const [from, to] = [backend.allocate(32, 'x'), backend.allocate(32, 'y')];
  backend.write(from, new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7).buffer));
  executable.run([from], [to]);
  return new Float32Array((await backend.read(to, 0, 32)).buffer);
}

test('without a driver the error says what to install', () => {
  const module = fileURLToPath(new URL('../../../engine/backends/webgpu.ts', import.meta.url));
  const script = `import(${JSON.stringify(module)}).then(({ open }) => open()).then(() => console.log('opened'), (error) => console.log(error.code, error.message, error.hint))`;
  const { stdout, status } = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), '-e', script], {
    env: { ...process.env, VK_DRIVER_FILES: '/nowhere.json' },
    encoding: 'utf8',
  });
  assert.is(status, 0);
  assert.match(stdout, /^no-device webgpu: no adapter answers .*Vulkan/);
});

test('a software adapter is taken when asked for, and left when nobody asked', async () => {
  const error = await failure(() => open({ auto: true }));
  assert.is(error.code, 'no-device');
  assert.match(error.message, /software/);
  const other = await failure(() => open({ adapter: 'a card that is not here' }));
  assert.match(other.message, /no adapter is called 'a card that is not here': there is SwiftShader/);
  const named = await open({ adapter: 'swiftSHADER' });
  assert.match(named.info().choices.find(({ what }) => what === 'adapter')?.why ?? '', /by name/);
  await named.close();
});

test('what is left open takes no software adapter, and says why', async () => {
  const device = await openDevice({ device: 'auto' });
  const [choice] = device.info().choices;
  assert.is(choice?.chosen, 'wasm');
  assert.match(choice?.why ?? '', /^webgpu: the only adapter is software \(.*SwiftShader/);
  await device.close();
  const named = await openDevice({ device: 'auto', adapter: 'software' });
  assert.is(named.kind, 'webgpu');
  await named.close();
});

test('memory beyond a limit is refused with who asked, for how much, and what there is', async () => {
  const backend = await open({ memoryLimit: 1000 });
  const error = await failure(() => backend.allocate(2000, 'a table'));
  assert.is(error.code, 'out-of-memory');
  assert.match(error.message, /a table asks for 2000 bytes/);
  assert.is(error.expected, 'at most 1000');
  const huge = await failure(() => backend.allocate(2 ** 41, 'a buffer beyond the adapter'));
  assert.is(huge.code, 'out-of-memory');
  await backend.close();
});

test('a shader that does not compile is told with its line by the next read, and the device lives on', async () => {
  const sources = await readWgsl();
  const broken = { ...sources, map: sources.map.replace('if (i >= P.n)', 'if (i >= P.missing)') };
  const backend = await open({ sources: broken });
  const error = await failure(() => twice(backend));
  assert.is(error.code, 'shader-broken');
  assert.match(error.message, /map\.wgsl .*missing.*if \(i >= P\.missing\)/);
  const buffer = backend.allocate(4, 'after it');
  assert.is((await backend.read(buffer, 0, 4)).length, 4);
  await backend.close();
});

test('a program that is disposed of while its run waits for pipelines has run', async () => {
  const backend = await open();
  const recorder = new Recorder();
  const x = recorder.input({ dtype: 'f32', shape: [4, 4] });
  const executable = backend.prepare(seal(recorder.finish([softmax(matmul(x, x))])));
  const [from, to] = [backend.allocate(64, 'x'), backend.allocate(64, 'y')];
  backend.write(from, new Uint8Array(new Float32Array(16).buffer));
  executable.run([from], [to]);
  executable.dispose();
  assert.equal([...new Float32Array((await backend.read(to, 0, 64)).buffer)], Array(16).fill(0.25));
  await backend.close();
});

test('a device that is lost in mid-step is an error, not a hang', async () => {
  const backend = await open();
  assert.equal([...(await twice(backend))], [0, 2, 4, 6, 8, 10, 12, 14]);
  backend.queue.device.destroy();
  const error = await failure(() => twice(backend));
  assert.is(error.code, 'device-lost');
  assert.match(error.hint ?? '', /checkpoint/);
});

test('a closed device refuses', async () => {
  const backend = await open();
  const buffer = backend.allocate(4, 'x');
  await backend.close();
  for (const what of [() => backend.allocate(4, 'y'), () => backend.read(buffer, 0, 4), () => twice(backend)])
    assert.is((await failure(what)).code, 'device-closed');
});
