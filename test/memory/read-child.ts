// Opens a store, reads its log and appends to it, and prints the error that this ends with: `read-child.ts DIR ROOT`
import { openStore } from '../../memory/store.ts';
import { RustaError } from '../../schemas/errors.ts';
import { notice } from './stores.ts';

const [dir = '', root = ''] = process.argv.slice(2);
try {
  const store = await openStore({ dir });
  const log = store.devlog(root);
  for (const { id } of log.episodes()) log.read(id);
  await log.append('episode-new', [notice('a')]);
  await store.close();
  process.stdout.write('nothing wrong\n');
} catch (error) {
  if (!(error instanceof RustaError)) throw error;
  process.stdout.write(`${error.code} ${error.message}\n${error.hint}\n`);
}
