#!/usr/bin/env node
// The program `rusta`: answers --version at once, and loads the rest only for what was asked.
import { version } from './version.ts';

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(`rusta ${version()}\n`);
} else {
  const { start } = await import('./start.ts');
  const { rusta } = await import('./programs.ts');
  await start(rusta, argv);
}
