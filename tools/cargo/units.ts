// The compiler's command lines as cargo prints them (`-vv`), and how to repeat one without cargo. Pure.
// A command that does not start rustc itself (a rustc-wrapper) gives no unit: such a target is checked by cargo.
import { basename, resolve } from 'node:path';
import type { CargoTarget } from '../../schemas/types.ts';
import type { RustcUnit } from './types.ts';

/** One rustc started by cargo, before it is known which target it was for. */
export interface RustcCommand {
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
}

/** Lines that a quoted value in a command may span (a description in several paragraphs). */
const maxLines = 500;

/** Finds commands in cargo's stderr, line by line: a quoted value may hold line ends. */
export class CommandReader {
  private pending: string[] = [];

  /** The command that this line completes; null when it completes none. */
  line(text: string): RustcCommand | null {
    if (this.pending.length === 0) {
      const start = /^\s*Running `/.exec(text);
      if (start === null) return null;
      this.pending.push(text.slice(start[0].length));
    } else {
      this.pending.push(text);
    }
    const whole = this.pending.join('\n');
    const words = whole.endsWith('`') ? shellWords(whole.slice(0, -1)) : null;
    if (words === null) {
      if (this.pending.length > maxLines) this.pending = [];
      return null;
    }
    this.pending = [];
    return commandOf(words);
  }

  /** The line that began a command which is not complete yet. */
  get open(): boolean {
    return this.pending.length > 0;
  }
}

/** Words of a command line as cargo quotes them for a shell; null when a quote is left open. */
export function shellWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return null;
      word = (word ?? '') + text.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      const end = text.indexOf('"', at + 1);
      if (end < 0) return null;
      word = (word ?? '') + text.slice(at + 1, end);
      at = end;
    } else if (char === '\\') {
      at += 1;
      if (at >= text.length) return null;
      word = (word ?? '') + text[at];
    } else if (char === ' ' || char === '\n' || char === '\t') {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (word !== null) words.push(word);
  return words;
}

function commandOf(words: readonly string[]): RustcCommand | null {
  const env: Record<string, string> = {};
  let at = 0;
  for (; at < words.length; at++) {
    const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(words[at] as string);
    if (assignment === null) break;
    env[assignment[1] as string] = (words[at] as string).slice(assignment[0].length);
  }
  const argv = words.slice(at);
  const [program] = argv;
  if (program === undefined || basename(program) !== 'rustc' || !argv.includes('--crate-name')) return null;
  return { env, argv };
}

/** A target as cargo's JSON messages describe it, with the file that its crate starts in. */
export interface KnownTarget {
  readonly target: CargoTarget;
  readonly source: string;
}

/** The unit that a command builds; null when no known target fits (another package, a build script). */
export function unitOf(command: RustcCommand, root: string, known: readonly KnownTarget[]): RustcUnit | null {
  const { argv, env } = command;
  const crate = argv[argv.indexOf('--crate-name') + 1];
  const sources = argv.filter((word) => word.endsWith('.rs')).map((word) => resolve(root, word));
  const found = known.find(
    ({ target, source }) => target.name.replace(/-/g, '_') === crate && sources.includes(source),
  );
  if (found === undefined || found.target.kind === 'build-script') return null;
  return { target: found.target, test: argv.includes('--test'), argv, env, cwd: root };
}

/**
 * The command line that checks a unit alone: metadata only, into `outDir`, with nothing written that cargo looks at.
 * Its messages go to stderr as JSON.
 */
export function aloneArgv(unit: RustcUnit, outDir: string): string[] {
  const kept: string[] = [];
  for (let at = 0; at < unit.argv.length; at++) {
    const word = unit.argv[at] as string;
    const next = unit.argv[at + 1] ?? '';
    if (word === '--out-dir' || word === '--diagnostic-width' || (word === '-C' && /^incremental(=|$)/.test(next)))
      at += 1;
    else if (!/^--(out-dir|emit|json|error-format|diagnostic-width)=|^-Cincremental(=|$)/.test(word)) kept.push(word);
  }
  return [...kept, '--emit=metadata', '--error-format=json', '--out-dir', outDir];
}

/** Of the units of a target, the one that sees most of its code: the test build, which has `#[cfg(test)]` in it. */
export function unitFor(units: readonly RustcUnit[], target: CargoTarget): RustcUnit | null {
  const fitting = units.filter(
    (unit) =>
      unit.target.package === target.package && unit.target.name === target.name && unit.target.kind === target.kind,
  );
  return fitting.find((unit) => unit.test) ?? fitting[0] ?? null;
}
