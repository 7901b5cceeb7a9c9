// Every recipe's examples hold, its slips can be undone, and it is deterministic.
import { readdir, readFile } from 'node:fs/promises';
import { recipes } from '../../../datasets/recipes/index.ts';
import { apply } from '../../../datasets/recipes/recipe.ts';
import { loadGrammar, SourceFile } from '../../../tools/index/source.ts';
import { assert, test } from '../../support/harness.ts';

const folder = new URL('../../../datasets/recipes/', import.meta.url);

test.before(loadGrammar);

for (const recipe of recipes) {
  test(`${recipe.name}: each example is one of its slips`, () => {
    for (const { variant, before, after } of recipe.examples) {
      const slips = recipe.slips(new SourceFile('a.rs', before));
      const made = slips.filter((one) => one.variant === variant).map((one) => apply(before, [one]));
      assert.ok(made.includes(after), `${variant}: wanted ${JSON.stringify(after)}, got ${JSON.stringify(made)}`);
    }
  });

  test(`${recipe.name}: every variant that it makes has an example, and changes something`, async () => {
    const shown = new Set(recipe.examples.map(({ variant }) => variant));
    for (const text of await texts()) {
      const slips = recipe.slips(new SourceFile('a.rs', text));
      for (const { variant, start, end, text: put } of slips) {
        assert.ok(shown.has(variant), `${variant} has no example`);
        assert.ok(start >= 0 && end <= text.length && start <= end, `${variant} lies in the text`);
        assert.is.not(text.slice(start, end), put, `${variant} changes nothing`);
      }
      assert.equal(recipe.slips(new SourceFile('a.rs', text)), slips, 'the same slips each time');
    }
  });
}

/** What the recipes are tried on: the examples of all of them, and crates that ship. */
async function texts(): Promise<string[]> {
  const shipped = ['inventory', 'shapes/shapes', 'shapes/report'].map((name) =>
    readFile(new URL(`../../../examples/${name}/src/lib.rs`, import.meta.url), 'utf8'),
  );
  return [...recipes.flatMap(({ examples }) => examples.map(({ before }) => before)), ...(await Promise.all(shipped))];
}

test('each recipe file is in the table under its own name', async () => {
  const files = (await readdir(folder)).filter((name) => !['index.ts', 'recipe.ts', 'anchored-qa.ts'].includes(name));
  assert.equal(recipes.map(({ name }) => `${name}.ts`).sort(), files.sort());
});
