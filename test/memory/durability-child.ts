// What durability.test.ts traces: five appends one after another, then twenty at once. `durability-child.ts DIR`
import { writeSync } from 'node:fs';
import { openStore } from '../../memory/store.ts';

const store = await openStore({ dir: process.argv[2] ?? '' });
const log = store.devlog('/workspace');
const append = (message: string): Promise<void> =>
  log.append('episode-traced', [{ v: 1, type: 'notice', level: 'info', message }]);
for (let n = 0; n < 5; n += 1) {
  await append(`one ${n}`);
  writeSync(1, `ack one ${n}\n`);
}
await Promise.all(
  Array.from({ length: 20 }, (_, n) => append(`many ${n}`).then(() => writeSync(1, `ack many ${n}\n`))),
);
await store.close();
