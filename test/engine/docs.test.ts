// docs/ENGINE.md: its example runs as it is printed, and learns its sentence.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { assert, test } from '../support/harness.ts';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test('the example trains a model that says its sentence', async () => {
  const page = await readFile(source('../../docs/ENGINE.md'), 'utf8');
  const [, example] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
  assert.ok(example, 'there is an example');
  const folder = await mkdtemp(join(tmpdir(), 'rusta-example-'));
  const printed: string[] = [];
  const { log } = console;
  try {
    const engine = pathToFileURL(source('../../engine/index.ts')).href;
    await writeFile(join(folder, 'example.mts'), (example as string).replace("'rusta/engine'", `'${engine}'`));
    console.log = (line: string) => void printed.push(line);
    await import(pathToFileURL(join(folder, 'example.mts')).href);
  } finally {
    console.log = log;
    await rm(folder, { recursive: true });
  }
  const [bits, text] = printed as [string, string];
  assert.ok(Number.parseFloat(bits) < 1, bits);
  assert.is(text, 'checker says no, the programmer says please.');
});

test('every link of the page leads somewhere', async () => {
  const page = await readFile(source('../../docs/ENGINE.md'), 'utf8');
  for (const [, path] of page.matchAll(/\]\((?!http)([^)#]+)\)/g))
    assert.ok(await readFile(source(`../../docs/${path}`)), path);
});
