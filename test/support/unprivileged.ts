// Runs a piece of TypeScript in a process that is held to the modes of files even where the tests run as root. A test
// that uses it needs 'closed files'.
import { spawnSync } from 'node:child_process';
import { assert } from './harness.ts';
import { withoutRootsRights } from './requirements.ts';

const loader = import.meta.resolve('tsx');

/** What `call`, handed the module at `url` as `it`, gives as JSON. */
export function unprivileged(url: string, call: string): unknown {
  const script = `const it = await import(${JSON.stringify(url)}); console.log(JSON.stringify(await (async () => (${call}))()))`;
  const argv = [...withoutRootsRights, process.execPath, '--import', loader, '--input-type=module', '-e', script];
  const ran = spawnSync(argv[0] as string, argv.slice(1), { encoding: 'utf8', timeout: 60_000 });
  assert.is(ran.status, 0, ran.stderr);
  return JSON.parse(ran.stdout);
}
