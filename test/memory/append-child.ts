// Appends N notices one after another: `append-child.ts DIR ROOT EPISODE N`
import { openStore } from '../../memory/store.ts';
import { notice } from './stores.ts';

const [dir = '', root = '', episode = '', count = '0'] = process.argv.slice(2);
const store = await openStore({ dir });
for (let n = 0; n < Number(count); n += 1)
  await store.devlog(root).append(episode, [notice(`${n} ${'y'.repeat(n * 40)}`)]);
await store.close();
