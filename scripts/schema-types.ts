// Derives TypeScript types from schemas/*.schema.json into schemas/generated/types.ts.
// The schemas are the only source: the output is ignored by git and rebuilt by `npm run types`.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { compile, type JSONSchema } from 'json-schema-to-typescript';

const dir = new URL('../schemas/', import.meta.url);
const out = new URL('generated/', dir);
const texts = await Promise.all(
  (await readdir(dir))
    .filter((name) => name.endsWith('.schema.json'))
    .sort()
    .map((name) => readFile(new URL(name, dir), 'utf8')),
);
const titles = new Map(texts.map((text) => JSON.parse(text)).map((schema) => [schema.$id as string, schema.title]));

// Every schema and every definition becomes one entry of one table, so that a shared one is emitted once.
const local = (ref: string): string => {
  const [document, path] = ref.split('#/$defs/');
  return `#/definitions/${path ?? titles.get(document as string)}`;
};
const definitions: Record<string, JSONSchema> = {};
for (const text of texts) {
  const { $id: _, $defs, ...schema } = JSON.parse(text, (key, value) => (key === '$ref' ? local(value) : value));
  definitions[schema.title] = schema;
  Object.assign(definitions, $defs);
}
const root: JSONSchema = {
  title: 'Contracts',
  type: 'object',
  additionalProperties: false,
  definitions,
  properties: Object.fromEntries(Object.keys(definitions).map((name) => [name, { $ref: `#/definitions/${name}` }])),
};
const source = await compile(root, 'Contracts', {
  additionalProperties: false,
  ignoreMinAndMaxItems: true,
  bannerComment: '// Generated from schemas/*.schema.json by scripts/schema-types.ts. Do not edit.',
  style: { singleQuote: true, printWidth: 120 },
});
await mkdir(out, { recursive: true });
await writeFile(new URL('types.ts', out), source);
