// The licence gate as a table, and over the committed ledger.
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { readLedger } from '../../datasets/ledger.ts';
import { licenceGate, passing } from '../../datasets/licence-gate.ts';
import { assert, test } from '../support/harness.ts';

const passes: Readonly<Record<string, string>> = {
  MIT: 'MIT',
  'Apache-2.0': 'Apache-2.0',
  '0BSD': '0BSD',
  Unlicense: 'Unlicense',
  'MIT OR GPL-3.0-only': 'MIT OR GPL-3.0-only',
  'MIT/Apache-2.0': 'MIT OR Apache-2.0',
  'MIT / Apache-2.0 / MPL-2.0': 'MIT OR Apache-2.0 OR MPL-2.0',
  'Apache-2.0 WITH LLVM-exception': 'Apache-2.0 WITH LLVM-exception',
  '(MIT OR BSD-3-Clause) AND Apache-2.0': '(MIT OR BSD-3-Clause) AND Apache-2.0',
  '  MIT  OR  Apache-2.0 ': 'MIT OR Apache-2.0',
};
const refuses: Readonly<Record<string, string>> = {
  'BSD-3-Clause': 'BSD-3-Clause is not on the list',
  'MIT AND BSD-3-Clause': 'BSD-3-Clause is not on the list',
  '(MIT OR Apache-2.0) AND Unicode-3.0': 'Unicode-3.0 is not on the list',
  'GPL-2.0-only OR BSD-3-Clause': 'GPL-2.0-only is not on the list',
  'Apache-2.0 WITH Classpath-exception-2.0': 'Apache-2.0 WITH Classpath-exception-2.0 is not on the list',
  'LicenseRef-own': 'LicenseRef-own is not on the list',
  'MIT OR': 'not an SPDX expression: "MIT OR"',
  'mit licence': 'not an SPDX expression: "mit licence"',
  '((MIT': 'not an SPDX expression: "((MIT"',
};

for (const [expression, spdx] of Object.entries(passes)) {
  test(`${JSON.stringify(expression)} passes`, () =>
    assert.equal(licenceGate(expression), { pass: true, spdx, why: '' }));
}
for (const [expression, why] of Object.entries(refuses)) {
  test(`${JSON.stringify(expression)} is refused, with the reason`, () => {
    const verdict = licenceGate(expression);
    assert.is(verdict.pass, false);
    assert.is(verdict.why, why);
  });
}

test('no licence at all is refused', () => {
  assert.equal(licenceGate(null), { pass: false, spdx: null, why: 'no licence is named' });
  assert.is(licenceGate(' ').pass, false);
});

test('an OR passes if one side does, an AND only if both do', () => {
  const leaf = fc.constantFrom('MIT', 'Apache-2.0', '0BSD', 'Unlicense', 'MPL-2.0', 'ISC', 'GPL-3.0-only');
  const { tree } = fc.letrec<{ tree: { text: string; pass: boolean } }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf.map((text) => ({ text, pass: passing.has(text) })),
      fc.tuple(tie('tree'), fc.boolean(), tie('tree')).map(([a, both, b]) => ({
        text: `(${a.text}) ${both ? 'AND' : 'OR'} (${b.text})`,
        pass: both ? a.pass && b.pass : a.pass || b.pass,
      })),
    ),
  }));
  fc.assert(fc.property(tree, ({ text, pass }) => licenceGate(text).pass === pass));
});

test('whatever the text, there is a verdict', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof licenceGate(text).pass === 'boolean'));
});

test('over the committed ledger: what is read passes, and is written as SPDX writes it', () => {
  const records = readLedger(fileURLToPath(new URL('../../datasets/ledger', import.meta.url)));
  assert.ok(records.length > 1000, `${records.length} records`);
  for (const { name, version, licence, spdx, split, why } of records) {
    const gate = licenceGate(licence);
    assert.is(gate.spdx, spdx, `${name} ${version}`);
    if (split !== 'none') assert.ok(gate.pass, `${name} ${version}: ${gate.why}`);
    else assert.ok(why !== undefined && why !== '', `${name} ${version} is left out without a reason`);
  }
});
