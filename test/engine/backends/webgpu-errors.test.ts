// What goes wrong on a GPU, on SwiftShader: no adapter, too much memory, a broken shader, a lost device. Each is one error
// that says what to do, and nothing hangs.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** What opening says in a process of its own: all of stdout, and of stderr. */
function opening(env: Record<string, string>): readonly [string, string] {
  const module = fileURLToPath(new URL('../../../engine/backends/webgpu.ts', import.meta.url));
  const script = `import(${JSON.stringify(module)}).then(({ open }) => open()).then(() => console.log('opened'), (error) => console.log(error.code, error.message, error.hint))`;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '-e', script],
    {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    },
  );
  assert.is(status, 0);
  return [stdout, stderr];
}

test('without a driver the error says what to install', () => {
  const [said] = opening({ VK_DRIVER_FILES: '/nowhere.json' });
  assert.match(said, /^no-device webgpu: no adapter answers .*Vulkan/);
});

test.needs('procfs', 'without a loader there is one line, and Dawn says nothing beside it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rusta-loader-'));
  // Found before one of the system's own, and none.
  await writeFile(join(folder, 'libvulkan.so.1'), '');
  const [said, beside] = opening({ LD_LIBRARY_PATH: folder });
  await rm(folder, { recursive: true });
  assert.match(said, /^no-device webgpu: no Vulkan loader \(.*libvulkan\.so\.1.*\) install libvulkan1 .*\n$/);
  assert.is(beside, '');
});

/** Node's hook that finds no package of the name `webgpu`, as where npm was told to leave optional ones out. */
const withoutPackage = `data:text/javascript,${encodeURIComponent(`
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(\`
    export async function resolve(name, context, next) {
      if (name !== 'webgpu') return next(name, context);
      throw Object.assign(new Error("Cannot find package 'webgpu'"), { code: 'ERR_MODULE_NOT_FOUND' });
    }\`));
`)}`;

test('without the package the engine computes on the processor, and says what is missing when asked for the GPU', () => {
  const index = new URL('../../../engine/index.ts', import.meta.url).href;
  const script = `import(${JSON.stringify(index)}).then(async ({ openDevice, add }) => {
    for (const device of ['auto', 'wasm', 'reference', 'webgpu'])
      try {
        const opened = await openDevice({ device });
        const x = opened.tensor([1, 2]);
        console.log(device, opened.kind, String(await add(x, x).data()), opened.info().choices[0].why);
        await opened.close();
      } catch (error) {
        console.log(device, error.code, error.message, error.hint);
      }
  })`;
  const given = ['--import', import.meta.resolve('tsx'), '--import', withoutPackage, '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, given, { encoding: 'utf8' });
  assert.equal(stdout.split('\n'), [
    'auto wasm 2,4 webgpu: the npm package webgpu is not installed',
    'wasm wasm 2,4 asked for by name',
    'reference reference 2,4 asked for by name',
    'webgpu no-device webgpu: the npm package webgpu is not installed npm install webgpu, or use --device wasm',
    '',
  ]);
  assert.is(stderr, '');
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
  // The kernel with its defines, what is wrong, and the line.
  assert.match(error.message, /^webgpu: map\.wgsl \{W=\d+ .*\} .*missing.*if \(i >= P\.missing\)/);
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
