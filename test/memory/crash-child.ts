// Appends to a log until it is killed: `crash-child.ts DIR EPISODE`. Two writers at once; each acknowledgement is a line
// `WRITER N` on stdout, written (not buffered) after append(N) of that writer resolved. Values are their own check.
import { writeSync } from 'node:fs';
import { openStore } from '../../memory/store.ts';
import { crashRoot, message } from './crash-shape.ts';

const [dir = '', episode = ''] = process.argv.slice(2);
const store = await openStore({ dir });
const log = store.devlog(crashRoot);

async function writer(name: string): Promise<never> {
  for (let n = 0; ; n += 1) {
    const events = [0, 1, 2].map((part) => ({
      v: 1 as const,
      type: 'notice' as const,
      level: 'info' as const,
      message: message(n, part),
    }));
    await log.append(`${episode}-${name}`, events);
    writeSync(1, `${name} ${n}\n`);
  }
}
await Promise.all([writer('a'), writer('b')]);
