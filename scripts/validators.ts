// Compiles the contracts and the tools' argument schemas into schemas/generated/validators.cjs, which needs no ajv to
// load. Each schema is checked against its own dialect here; a bad one stops the build.
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { ajvOptions } from '../schemas/validate.ts';
import { tools } from '../tools/registry.ts';

const dir = new URL('../schemas/', import.meta.url);
const out = new URL('generated/', dir);
const names = (await readdir(dir)).filter((name) => name.endsWith('.schema.json')).sort();
const contracts = await Promise.all(names.map(async (name) => JSON.parse(await readFile(new URL(name, dir), 'utf8'))));
const schemas: { readonly $id: string }[] = [...contracts, ...Object.values(tools).map((tool) => tool.args)];

const ajv = new Ajv2020({ ...ajvOptions, code: { source: true, lines: true } });
for (const schema of schemas) ajv.addSchema(schema);
const code = standalone.default(ajv, Object.fromEntries(schemas.map(({ $id }) => [$id, $id])));

await mkdir(out, { recursive: true });
const file = new URL('validators.cjs', out);
const text = `// Generated from schemas/*.schema.json and tools/registry.ts by scripts/validators.ts. Do not edit.\n${code}`;
if (text !== (await readFile(file, 'utf8').catch(() => ''))) {
  // By rename: another process may be reading it.
  const fresh = new URL(`validators.${process.pid}.tmp`, out);
  await writeFile(fresh, text);
  await rename(fresh, file);
}
