#!/usr/bin/env node
// The program `rusta`: answers --version at once, and loads the rest only for what was asked.
import module from 'node:module';
import { version } from './version.ts';

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(`rusta ${version()}\n`);
} else {
  await keepCompiled();
  const { start } = await import('./start.ts');
  const { rusta } = await import('./programs.ts');
  await start(rusta, argv);
}

/** What V8 made of each module is kept in the cache folder: Node can from 22.1 on, and 200 modules are compiled otherwise. */
async function keepCompiled(): Promise<void> {
  const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown };
  if (enableCompileCache === undefined) return;
  try {
    const { cacheFolder } = await import('../tools/sandbox/cache.ts');
    enableCompileCache(`${cacheFolder()}/compiled`);
  } catch {
    // A cache folder that cannot be written costs time and nothing else.
  }
}
