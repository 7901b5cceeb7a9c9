// The table of ops is total by type: leaving something out does not compile. tsc is the judge.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { assert, test } from '../../support/harness.ts';

const root = resolve(import.meta.dirname, '../../..');

const without = (rule: string): string =>
  `const { ${rule}: _, ...rest } = table.softmax; export const broken: OpTable = { ...table, softmax: rest };`;

const refused: readonly [string, string, RegExp][] = [
  ['a missing op', 'const { softmax: _, ...rest } = table; export const broken: OpTable = rest;', /softmax.*missing/],
  ['an op without a shape rule', without('infer'), /infer.*missing/],
  ['an op without its reference', without('forward'), /forward.*missing/],
  ['an op that does not say what its gradient is', without('vjp'), /vjp.*missing/],
  ['an op without its cost', without('flops'), /flops.*missing/],
  ['an op without cases', without('cases'), /cases.*missing/],
  [
    'attributes of another op',
    'export const broken: OpTable = { ...table, softmax: table.matmul };',
    /Type .* is not assignable/,
  ],
];
const whole = 'export const whole: OpTable = table;';

/** What tsc says of each of these texts, which have the table and its type at hand. */
async function compiled(bodies: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'rusta-total-'));
  try {
    const engine = relative(folder, join(root, 'engine'));
    const imports = `import type { OpTable } from '${engine}/ops/def.ts';
import { table } from '${engine}/ops/table.ts';
`;
    for (const [index, body] of bodies.entries()) await writeFile(join(folder, `text${index}.mts`), imports + body);
    const compilerOptions = { types: [], lib: ['es2023', 'dom'] };
    const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.mts'], exclude: [] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const said = await new Promise<string>((done) =>
      execFile(process.execPath, [tsc, '-p', folder, '--noEmit', '--pretty', 'false'], (_, stdout) => done(stdout)),
    );
    // An error starts with its file; its details are indented below it.
    const errors = said.split(/\n(?=\S)/);
    return bodies.map((_, index) => errors.filter((error) => error.includes(`text${index}.mts(`)).join('\n'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

let said: string[] = [];
test.before(async () => {
  said = await compiled([...refused.map(([, body]) => body), whole]);
});

for (const [index, [what, , message]] of refused.entries()) {
  test(`${what} does not compile`, () => assert.match(said[index] as string, message));
}

test('the table itself does', () => {
  assert.is(said.at(-1), '');
});
