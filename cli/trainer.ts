#!/usr/bin/env node
// The program `trainer`: collects what is learned from, trains the model, and judges it.
import { version } from './version.ts';

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(`trainer ${version()}\n`);
} else {
  const { start } = await import('./start.ts');
  const { trainer } = await import('./trainer/program.ts');
  await start(trainer, argv);
}
