// Fills a store until its disk is full, prints the error, and reads back what was acknowledged: `fill-child.ts DIR`
import { openStore } from '../../memory/store.ts';
import { RustaError } from '../../schemas/errors.ts';
import { notice } from './stores.ts';

const dir = process.argv[2] ?? '';
let acknowledged = 0;
try {
  const store = await openStore({ dir });
  for (;;) {
    await store.devlog('/workspace').append('episode-fill', [notice('x'.repeat(10_000))]);
    acknowledged += 1;
  }
} catch (error) {
  if (!(error instanceof RustaError)) throw error;
  process.stdout.write(`${error.code} ${error.message}\n`);
}
if (acknowledged > 0) {
  const store = await openStore({ dir });
  process.stdout.write(`read back: ${store.devlog('/workspace').read('episode-fill').length} of ${acknowledged}\n`);
}
