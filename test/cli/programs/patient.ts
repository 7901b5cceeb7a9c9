// A program for process.test.ts, started as rusta is: `talk` prints lines until it is told to stop, `wait` takes its
// time to clean up after a signal, `hang` never ends by itself, `ask` asks where it can.
import type { Command, Context } from '../../../cli/command.ts';
import { start } from '../../../cli/start.ts';

function command(name: string, run: (context: Context) => Promise<number>): Command {
  return { name, describe: name, positionals: [], flags: [], run: (_args, context) => run(context) };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }));
}

const talk = command('talk', async ({ terminal, signal }) => {
  while (!signal.aborted) {
    terminal.out(`${'line '.repeat(100)}\n`);
    await new Promise((done) => setImmediate(done));
  }
  return 0;
});

const wait = command('wait', async ({ terminal, signal }) => {
  const alive = setInterval(() => {}, 1000);
  terminal.out('ready\n');
  await aborted(signal);
  await new Promise((done) => setTimeout(done, 150));
  clearInterval(alive);
  terminal.out('cleaned\n');
  throw new Error('aborted');
});

const hang = command('hang', async ({ terminal }) => {
  setInterval(() => {}, 1000);
  terminal.out('ready\n');
  return new Promise(() => {});
});

const ask = command('ask', async ({ terminal, signal }) => {
  terminal.out(`answer: ${terminal.canAsk ? await terminal.ask('well? ', signal) : 'nobody to ask'}\n`);
  return 0;
});

await start(
  { name: 'patient', describe: 'waits', version: '0.0.0', commands: [talk, wait, hang, ask] },
  process.argv.slice(2),
);
