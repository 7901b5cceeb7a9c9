// The completion scripts, loaded by the real shells: what is offered at the cursor.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rusta } from '../../cli/programs.ts';
import { assert, test } from '../support/harness.ts';
import { run } from './support.ts';

let folder = '';
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rusta-completion-'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await run(['completion', shell]);
    assert.is(code, 0);
    await writeFile(join(folder, shell), stdout);
  }
  await writeFile(join(folder, 'main.rs'), '');
});
test.after(() => rm(folder, { recursive: true, force: true }));

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a shell that is installed. */
function shell(program: string, args: readonly string[], script: string): Ran {
  const ran = spawnSync(program, [...args, script], {
    encoding: 'utf8',
    cwd: folder,
    timeout: 20_000,
    env: { PATH: process.env.PATH, HOME: folder, TERM: 'dumb' },
  });
  if (ran.error) throw ran.error;
  return ran;
}

/** What bash would offer for the words, the last being the one at the cursor. */
function bash(...words: readonly string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const script = `source ./bash; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _rusta; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const ran = shell('bash', ['--norc', '-u', '-c'], script);
  // compopt complains outside of a real completion; its words are dropped by the script.
  assert.is(ran.stderr, '');
  return ran.stdout.split('\n').filter((line) => line !== '');
}

test('bash: commands, flags, choices, files', () => {
  assert.equal(bash('rusta', ''), [...rusta.commands.map(({ name }) => name), '--help', '--version']);
  assert.equal(bash('rusta', 'ro'), ['rollback']);
  const flags = bash('rusta', 'fix', '--m');
  assert.equal(flags, ['--max-lines', '--max-files']);
  assert.equal(bash('rusta', 'show', '--format', ''), ['text', 'diff', 'patch']);
  assert.equal(bash('rusta', 'show', '--format', '=', 'p'), ['patch']);
  assert.equal(bash('rusta', 'fix', '--edition', '202'), ['2021', '2024']);
  assert.equal(bash('rusta', 'fix', 'ma'), []);
  assert.equal(bash('rusta', 'completion', 'z'), ['zsh']);
  assert.equal(bash('rusta', 'log', ''), ['purge']);
});

test('bash: every flag of every command is offered', () => {
  for (const command of rusta.commands) {
    const offered = bash('rusta', command.name, '-');
    for (const { name } of command.flags) assert.ok(offered.includes(`--${name}`), `${command.name} --${name}`);
  }
});

test.needs('zsh', 'zsh: the script loads and registers itself', () => {
  const ran = shell(
    'zsh',
    ['-f', '-c'],
    'autoload -Uz compinit && compinit -D -u && source ./zsh && print -r -- $_comps[rusta] && whence -w _rusta',
  );
  assert.is(ran.stderr, '');
  assert.is(ran.stdout, '_rusta\n_rusta: function\n');
});

test.needs('fish', 'fish: the script loads and offers commands, flags and files', () => {
  const fish = (line: string): string[] => {
    const ran = shell('fish', ['--no-config', '-c'], `source ./fish; complete -C ${JSON.stringify(line)}`);
    assert.is(ran.stderr, '');
    return ran.stdout
      .split('\n')
      .filter((word) => word !== '')
      .map((word) => word.split('\t')[0] ?? '');
  };
  const commands = fish('rusta ');
  assert.equal(commands.toSorted(), rusta.commands.map(({ name }) => name).toSorted());
  assert.equal(fish('rusta fix --max').toSorted(), ['--max-files', '--max-lines']);
  assert.equal(fish('rusta show --format ').toSorted(), ['diff', 'patch', 'text']);
  assert.ok(fish('rusta fix ma').includes('main.rs'));
  assert.ok(!fish('rusta apply ma').includes('main.rs'));
});
