// The conformance suite on the machine's own adapter, as one program without the test runner: what `npm run test:gpu` runs
// on a host that has no more than Node. Prints failures and one closing line.
import { open } from '../../engine/backends/webgpu.ts';
import { conformance } from '../../test/engine/support/conformance.ts';
import { runDeclared, type TestEvent } from '../../test/support/harness.ts';

const backend = await open();
const { device, choices } = backend.info();
console.log(`${device}: ${choices.map(({ what, chosen }) => `${what} ${chosen}`).join('; ')}`);
const { f16 } = backend.can;
await backend.close();
/** By op: the largest error as a share of what is allowed, in f32 and where f16 takes part. */
const worst = new Map<string, [number, number]>();
conformance('webgpu', {
  open: () => open(),
  f16,
  edgeRuns: 12,
  report: (op, share, half) => {
    const entry = worst.get(op) ?? [0, 0];
    entry[half ? 1 : 0] = Math.max(entry[half ? 1 : 0], share);
    worst.set(op, entry);
  },
});

let names: readonly { readonly name: string }[] = [];
let passed = 0;
let failed = 0;
await runDeclared((event: TestEvent) => {
  if (event.type === 'plan') names = event.tests;
  if (event.type === 'fail') {
    failed += 1;
    console.log(`FAIL ${event.where}: ${event.error.slice(0, 600)}`);
  }
  if (event.type === 'end') {
    if (event.error === null) passed += 1;
    else {
      failed += 1;
      console.log(`FAIL ${names[event.index]?.name}: ${event.error.split('\n').slice(0, 3).join(' | ').slice(0, 600)}`);
    }
  }
}, null);
console.log('largest error as a share of what is allowed, f32 (1e-5) and f16 (2e-3):');
const table = [...worst].map(
  ([op, [single, half]]) => `${op} ${(100 * single).toFixed(0)}% ${(100 * half).toFixed(0)}%`,
);
for (let at = 0; at < table.length; at += 5) console.log(`  ${table.slice(at, at + 5).join(', ')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
