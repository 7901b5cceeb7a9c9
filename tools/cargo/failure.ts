// Why a build could not run, in one line a person can act on, from what cargo printed. Pure. Errors in the code under
// repair are diagnostics, not failures.
import type { RunResult } from '../process.ts';
import type { CheckFailure, CheckResult } from './types.ts';

export interface FailedRun {
  readonly result: RunResult;
  /** What cargo said to people, commands and progress left out. */
  readonly output: string;
  /** The build script that was running last, if any. */
  readonly script: string | null;
  readonly timeMs: number;
}

type Failure = NonNullable<CheckResult['failure']>;

interface Rule {
  readonly kind: CheckFailure;
  readonly says: RegExp;
  /** One line; `match` holds what the pattern caught. */
  message(match: RegExpExecArray, output: string): string;
  readonly hint: string;
}

/** First match decides; wording of cargo 1.95, which has hardly changed since 1.60. */
const rules: readonly Rule[] = [
  {
    kind: 'build-script',
    says: /failed to run custom build command for `([^`]+)`/,
    message: (match, output) => `the build script of ${short(match[1])} failed${because(scriptSaid(output))}`,
    hint: 'it runs without network and sees only the crate; rusta doctor says what it may use',
  },
  {
    kind: 'manifest',
    says: /failed to read `([^`]+Cargo\.toml)`/,
    message: (match) => `a path dependency is not there: ${match[1]} cannot be read`,
    hint: 'correct the path in Cargo.toml',
  },
  {
    kind: 'needs-network',
    says: /no matching package named `([^`]+)` found/,
    message: (match) => `the dependency ${match[1]} is not on this machine`,
    hint: 'rusta fix --fetch downloads what is missing',
  },
  {
    kind: 'needs-network',
    says: /failed to select a version for the requirement `([^`]+)`|failed to (?:download|get|fetch|load source for dependency) (?:`([^`]+)`)?/,
    message: (match) => `the dependency ${short(match[1] ?? match[2]) || '(see Cargo.toml)'} is not on this machine`,
    hint: 'rusta fix --fetch downloads what is missing',
  },
  {
    kind: 'needs-network',
    says: /--offline|offline mode|net\.offline|can't checkout from|[Uu]nable to update/,
    message: (_, output) => `a dependency is not on this machine${because(firstError(output))}`,
    hint: 'rusta fix --fetch downloads what is missing',
  },
  {
    kind: 'toolchain',
    says: /(?:package `([^`]+)`.*|it) (?:cannot be built because it )?requires rustc ([\d.]+)|rustc [\d.]+ is not supported by/,
    message: (_, output) => `the toolchain is too old${because(firstError(output))}`,
    hint: 'name a newer one with --toolchain, or in rust-toolchain.toml',
  },
  {
    kind: 'toolchain',
    says: /could not execute process `([^`\s]+)/,
    message: (match) => `cargo could not start ${match[1]}`,
    hint: 'a rustc, linker or wrapper named in .cargo/config.toml must be inside the crate or the toolchain',
  },
  {
    kind: 'toolchain',
    says: /the compiler unexpectedly panicked|internal compiler error/,
    message: () => 'the compiler itself crashed on this code',
    hint: 'try another toolchain with --toolchain',
  },
  {
    kind: 'manifest',
    says: /failed to (?:parse|read|load) manifest|failed to parse lock file|could not find `Cargo\.toml`|error inheriting|failed to parse the `edition` key|no targets specified in the manifest|can't find `[^`]+` (?:bin|test|bench|example|lib)|believes it's in a workspace|virtual manifest|cyclic package dependency|could not parse/,
    message: (_, output) => causeChain(output),
    hint: 'cargo itself refuses this manifest: correct it first',
  },
  {
    kind: 'manifest',
    says: /^\s*--> \S*Cargo\.toml:\d+:\d+/m,
    message: (_, output) => causeChain(output),
    hint: 'cargo itself refuses this manifest: correct it first',
  },
  {
    kind: 'manifest',
    says: /does not (?:contain|have) (?:this|these|the) features?:? ?`?([^`\n]*)`?|none of the selected packages contains/,
    message: (_, output) => firstError(output),
    hint: 'see [features] in Cargo.toml',
  },
  {
    kind: 'unknown',
    says: /could not compile `([^`]+)`[\s\S]*process didn't exit successfully:[\s\S]*\(signal: (\d+), (SIG\w+)/,
    message: (match) => `the compiler was ended by ${match[3]} while it compiled ${match[1]}`,
    hint: 'a procedural macro may have ended it, or the code nests too deep',
  },
  {
    kind: 'toolchain',
    says: /could not compile `([^`]+)` \([^)]*\)\s+Caused by:\s+process didn't exit successfully:[\s\S]*\(exit status: (\d+)\)/,
    message: (match) => `what compiles ${match[1]} ended with exit status ${match[2]} and said nothing`,
    hint: 'a wrapper in .cargo/config.toml fails in the sandbox, where it sees only the crate',
  },
  {
    kind: 'dependency',
    says: /could not compile `([^`]+)`/,
    message: (match) => `the dependency ${match[1]} does not compile with this toolchain`,
    hint: 'cargo update, or another toolchain with --toolchain',
  },
];

/** The failure of a run that gave no usable diagnostics. */
export function explainFailure({ result, output, script, timeMs }: FailedRun): Failure {
  if (result.cancelled) return { kind: 'cancelled', message: 'interrupted', hint: '' };
  if (result.limit !== null) return limitFailure(result.limit, 'the build');
  if (result.timedOut) return timeoutFailure(script, timeMs);
  for (const rule of rules) {
    const match = rule.says.exec(output);
    if (match !== null) return { kind: rule.kind, message: oneLine(rule.message(match, output)), hint: rule.hint };
  }
  const ended = result.signal === null ? `exit code ${result.code}` : result.signal;
  return { kind: 'unknown', message: oneLine(causeChain(output) || `cargo ended with ${ended}`), hint: '' };
}

export function limitFailure(limit: NonNullable<RunResult['limit']>, what: string): Failure {
  return {
    kind: 'limit',
    message:
      limit === 'disk' ? `${what} filled the disk, or its share of it` : `${what} ran into its limit of ${limit}`,
    hint: 'rusta doctor shows the limits in force and what is free',
  };
}

function timeoutFailure(script: string | null, timeMs: number): Failure {
  const seconds = Math.round(timeMs / 1000);
  if (script === null) {
    return {
      kind: 'timeout',
      message: `the build was not done after ${seconds} s`,
      hint: 'allow more with --build-time; a procedural macro may hang',
    };
  }
  return {
    kind: 'build-script',
    message: `the build script of ${script} was still running after ${seconds} s`,
    hint: 'it may wait for input, the network or itself',
  };
}

/** The first line that starts with `error:`, without it. */
function firstError(output: string): string {
  return /^error(?:\[[^\]]*\])?: (.+)$/m.exec(output)?.[1] ?? '';
}

/** The innermost `Caused by` (the one that says what is wrong), after the file that the outermost names. */
function causeChain(output: string): string {
  const outer = firstError(output);
  const causes = output.split(/^Caused by:$/m).slice(1);
  const inner = causes
    .at(-1)
    ?.split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(\||\d+ \||-->|[\^~|]+)/.test(line))[0];
  const place = /-->\s*(\S+:\d+:\d+)/.exec(output)?.[1];
  return [place, outer, inner].filter((part) => part !== undefined && part !== '').join(': ');
}

/** The last line that a build script wrote to stderr: a panic's message, most often. */
function scriptSaid(output: string): string {
  const stderr =
    output
      .split(/^\s*--- stderr$/m)[1]
      ?.split('\n')
      .map((line) => line.trim()) ?? [];
  const panic = stderr.findIndex((line) => /panicked at/.test(line));
  const lines = stderr.filter((line) => line !== '' && !/^note: run with|^(warning|error): /.test(line));
  return (panic >= 0 ? stderr[panic + 1] : lines.at(-1)) ?? '';
}

function because(text: string): string {
  return text === '' ? '' : `: ${text}`;
}

/** `name v1.2.3 (/path)` without the path. */
function short(name: string | undefined): string {
  return (name ?? '').replace(/ \(.*\)$/, '');
}

function oneLine(text: string): string {
  const folded = text.replace(/\s+/g, ' ').trim();
  return folded.length <= 300 ? folded : `${folded.slice(0, 297)}...`;
}
