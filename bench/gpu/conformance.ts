// The conformance suite on the machine's own adapter, as one program without the test runner: what `npm run test:gpu` runs
// on a host that has no more than Node. Prints failures, then the report: adapter, driver, what was chosen, the largest error of
// each op as a share of what is allowed, passes. --report FILE writes it too, as Markdown.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { open } from '../../engine/backends/webgpu.ts';
import { conformance } from '../../test/engine/support/conformance.ts';
import { runDeclared, type TestEvent } from '../../test/support/harness.ts';
import { clocks } from './timer.ts';

const { values } = parseArgs({ options: { report: { type: 'string' } } });
const backend = await open();
const { device, choices } = backend.info();
const begun = performance.now();
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
const percent = (share: number): string => (share === 0 ? '-' : `${(100 * share).toFixed(share < 0.01 ? 1 : 0)}%`);
const lines = [
  `adapter: ${device}`,
  `driver: ${clocks() ?? 'no nvidia-smi'}`,
  ...choices.slice(1).map(({ what, chosen, why }) => `${what}: ${chosen} (${why})`),
  `Node ${process.version}, ${new Date().toISOString().slice(0, 10)}, ${((performance.now() - begun) / 1000).toFixed(0)} s`,
  `${passed} passed, ${failed} failed`,
];
const ops = [...worst].toSorted(([, a], [, b]) => Math.max(...b) - Math.max(...a));
const table = ['| op | f32, of 1e-5 | with f16, of 2e-3 |', '|---|---|---|'];
for (const [op, [single, half]] of ops) table.push(`| ${op} | ${percent(single)} | ${percent(half)} |`);
console.log('largest error of each op, as a share of what is allowed (f32 1e-5, f16 2e-3):');
for (const row of table.slice(2)) console.log(`  ${row}`);
for (const line of lines) console.log(line);
if (values.report !== undefined)
  writeFileSync(
    values.report,
    `# The conformance suite on a GPU\n\nWritten by \`npm run test:gpu -- --report FILE\`.\n\n${lines.map((line) => `- ${line}`).join('\n')}\n\n${table.join('\n')}\n`,
  );
process.exit(failed === 0 ? 0 : 1);
