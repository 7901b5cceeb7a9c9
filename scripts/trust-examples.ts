// Writes examples/trusted.json: the content hash of each example that ships, so that it runs where bubblewrap is missing.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crateHash } from '../tools/sandbox/trust.ts';

const examples = join(import.meta.dirname, '../examples');
const trusted: Record<string, string> = {};
for (const item of readdirSync(examples, { withFileTypes: true })) {
  if (item.isDirectory()) trusted[item.name] = crateHash(join(examples, item.name));
}
writeFileSync(join(examples, 'trusted.json'), `${JSON.stringify(trusted, null, 2)}\n`);
console.log(`examples/trusted.json: ${Object.keys(trusted).length} examples`);
