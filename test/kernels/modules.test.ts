// The built modules: what they may not hold, what their hot loops must hold, how they are called, how large they are.
import wabt from 'wabt';
import { needsRelaxed, variantsOf, type WasmVariant, wasmBytes, wasmSize } from '../../kernels/load.ts';
import { wasmKernels } from '../../kernels/registry.ts';
import type { WasmKernel, WasmModuleName } from '../../kernels/spec.ts';
import { assert, test } from '../support/harness.ts';
import { Machine } from './support/machine.ts';

const modules = Object.entries(variantsOf) as [WasmModuleName, readonly WasmVariant[]][];
const variants = modules.flatMap(([, each]) => each);

async function textOf(variant: WasmVariant): Promise<string> {
  const { readWasm } = await wabt();
  const features = { simd: true, threads: true, relaxed_simd: true, bulk_memory: true };
  const module = readWasm(wasmBytes(variant, true), { readDebugNames: false, ...features });
  const text = module.toText({ foldExprs: false, inlineExport: false });
  module.destroy();
  return text;
}

/** Bodies of the innermost loops: those without a loop inside. */
function innerLoops(text: string): string[] {
  const loops: string[] = [];
  const open: { kind: string; lines: string[]; holdsLoop: boolean }[] = [];
  for (const line of text.split('\n').map((each) => each.trim())) {
    const [word] = line.split(' ');
    if (word === 'loop' || word === 'block' || word === 'if') open.push({ kind: word, lines: [], holdsLoop: false });
    else if (word === 'end' || word === 'end)') {
      const done = open.pop();
      if (done?.kind === 'loop' && !done.holdsLoop) loops.push(done.lines.join('\n'));
      if (done?.kind === 'loop' || done?.holdsLoop) for (const outer of open) outer.holdsLoop = true;
    } else for (const each of open) each.lines.push(line);
  }
  return loops;
}

const count = (text: string, what: string): number => text.split(what).length - 1;

test('no module holds data or a global that changes; each imports its memory, shared or not', async () => {
  for (const variant of variants) {
    const text = await textOf(variant);
    assert.not.match(text, /\(data/);
    assert.not.match(text, /\(global[^)]*\(mut/);
    assert.match(text, /\(import "env" "memory" \(memory \(;0;\) 1 65536 shared\)\)/);
    for (const shared of [true, false]) {
      const bytes = wasmBytes(variant, shared);
      if (needsRelaxed(variant)) new Machine({ dense: 'dense-relaxed' }); // Switches relaxed SIMD on where it is off.
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared });
      const wrong = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: !shared });
      const module = new WebAssembly.Module(bytes);
      new WebAssembly.Instance(module, { env: { memory, wide: 0 } });
      assert.throws(() => new WebAssembly.Instance(module, { env: { memory: wrong, wide: 0 } }));
    }
  }
});

test('all modules together are no larger than 100 KB', () => {
  assert.ok(variants.reduce((sum, variant) => sum + wasmSize(variant), 0) <= 100_000);
});

test('every phase of every kernel is exported with the parameters that its entry lists, and nothing else is', () => {
  for (const [module, each] of modules)
    for (const variant of each) {
      const exported = new Machine({ [module]: variant }).exportsOf(module);
      const listed = new Set<string>();
      for (const [name, kernel] of Object.entries(wasmKernels) as [string, WasmKernel][]) {
        if (kernel.module !== module) continue;
        for (const phase of kernel.phases) {
          listed.add(phase);
          assert.is(exported[phase]?.length, Object.keys(kernel.params).length + 2, `${name}: ${phase}`);
        }
      }
      assert.equal(Object.keys(exported).sort(), [...listed].sort());
    }
});

test('f32 products: 8 multiply-adds a turn for 2 loads of b and 4 repeated elements of a, twice as many where tiles are wide', async () => {
  for (const [variant, names, panels] of [
    ['dense-relaxed', ['f32x4.relaxed_madd'], [1, 2]],
    ['dense', ['f32x4.mul', 'f32x4.add'], [1]],
  ] as const) {
    const hot = innerLoops(await textOf(variant)).filter((loop) => count(loop, 'v128.load32_splat') === 4);
    const found = hot.map((loop) => count(loop, names[0]) / 8);
    assert.equal([...new Set(found)].sort(), [...panels], `${variant}: panels of b`);
    for (const [at, loop] of hot.entries()) {
      const wide = found[at] as number;
      for (const name of names) assert.is(count(loop, name), 8 * wide, `${variant}: ${name}`);
      assert.is(count(loop, 'v128.load'), 4 + 2 * wide);
      assert.not.match(loop, /f32\.(load|mul|add|store)/);
      assert.not.match(loop, /store/);
    }
  }
});

test('int8 products: the dot product of the variant in every turn, and no widening by hand', async () => {
  const wanted = {
    'int8-dot': { 'i32x4.relaxed_dot_i8x16_i7x16_add_s': 1 },
    'int8-pairs': { 'i16x8.relaxed_dot_i8x16_i7x16_s': 1, 'i32x4.dot_i16x8_s': 1 },
    int8: { 'i32x4.dot_i16x8_s': 1 },
  } as const;
  for (const [variant, steps] of Object.entries(wanted)) {
    const loops = innerLoops(await textOf(variant as WasmVariant));
    const [first] = Object.keys(steps) as [string];
    // A tile has 8 products a turn, of four rows or of one.
    const sizes = loops.map((loop) => count(loop, first));
    const hot = loops.filter((loop, i) => sizes[i] === 8 && loop.includes('_splat'));
    assert.ok(hot.length >= 2, `${variant}: two loops of 8 among ${sizes.join(' ')}`);
    if (needsRelaxed(variant as WasmVariant)) assert.ok(sizes.includes(16), `${variant}: one of 16 for wide tiles`);
    for (const loop of hot.filter((each) => !each.includes('i8x16.shuffle'))) {
      for (const name of Object.keys(steps)) assert.is(count(loop, name), 8, `${variant}: ${name}`);
      assert.not.match(loop, /i32\.(load|mul)|i32x4\.mul|store/);
    }
  }
});

test('exp and relu2 of many elements run on vectors', async () => {
  const loops = innerLoops(await textOf('base'));
  assert.ok(loops.some((loop) => /f32x4\.max/.test(loop) && /f32x4\.mul/.test(loop) && /v128\.store/.test(loop)));
  assert.ok(
    loops.some((loop) => /f32x4\.pmin/.test(loop) && /i32x4\.shl/.test(loop) && count(loop, 'f32x4.mul') >= 10),
  );
});
