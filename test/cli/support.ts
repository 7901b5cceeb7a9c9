// What the command line's tests share: a program run in this process over streams that remember, results and bundles
// that a person could have got, and services that answer with them.
import { PassThrough, Writable } from 'node:stream';
import type { Program } from '../../cli/command.ts';
import { main } from '../../cli/main.ts';
import { rusta } from '../../cli/programs.ts';
import type { Services } from '../../cli/services.ts';
import { Terminal } from '../../cli/terminal.ts';
import type { FixRequest } from '../../conductor/contract.ts';
import type { EpisodeResult } from '../../conductor/result.ts';
import type { Diagnostic, EpisodeEvent, PatchBundle, SubjectFacts } from '../../schemas/types.ts';

export const diff = `--- a/src/main.rs
+++ b/src/main.rs
@@ -1,3 +1,3 @@
 fn main() {
-    takes(s);
+    takes(&s);
 }
`;

export function bundle(part: Partial<PatchBundle> = {}): PatchBundle {
  return {
    v: 1,
    id: '00112233445566aa',
    episode: 'episode-1',
    root: '/home/me/crate',
    toolchain: 'rustc 1.85.0 x86_64-unknown-linux-gnu',
    status: 'fixed',
    files: [
      {
        path: 'src/main.rs',
        pre_sha256: 'a'.repeat(64),
        post_sha256: 'b'.repeat(64),
        edits: [{ start: 22, end: 22, old: '', new: '&' }],
      },
    ],
    diff,
    lines_added: 1,
    lines_removed: 1,
    errors_before: 1,
    errors_after: 0,
    tests_before: null,
    tests_after: { passed: 3, failed: 0, ignored: 0 },
    fixes: [
      {
        candidate: '0123456789abcdef',
        proposer: 'suggestions',
        title: 'consider borrowing here',
        code: 'E0308',
        message: 'mismatched types',
        file: 'src/main.rs',
        line: 2,
      },
    ],
    candidates: [
      {
        candidate: '0123456789abcdef',
        proposer: 'suggestions',
        title: 'consider borrowing here',
        score: 1.5,
        verdict: 'accepted',
      },
    ],
    anchors: [],
    confidence: 0.92,
    features: { base: 1, covered: 0, warned: 1 },
    risks: ['the tests run no benchmark'],
    known_failing: [],
    ...part,
  };
}

export function result(part: Partial<EpisodeResult> = {}): EpisodeResult {
  const own = part.bundle === undefined ? bundle() : part.bundle;
  return {
    episode: 'episode-1',
    status: 'fixed',
    reason: 'it compiles and its 3 tests pass',
    bundle: own,
    alternatives: [],
    errorsBefore: 1,
    errorsAfter: 0,
    testsBefore: null,
    testsAfter: { passed: 3, failed: 0, ignored: 0 },
    cargoRuns: 4,
    candidates: 2,
    probes: 1,
    elapsedMs: 1234.5,
    budget: null,
    failingTests: [],
    skeletons: [],
    ...part,
  };
}

export const diagnostic: Diagnostic = {
  v: 1,
  id: '00000000000000d1',
  code: 'E0308',
  level: 'error',
  message: 'mismatched types',
  class: 'type-mismatch',
  target: { package: 'crate', name: 'crate', kind: 'bin' },
  spans: [
    {
      file: 'src/main.rs',
      start: 22,
      end: 23,
      line: 2,
      column: 11,
      end_line: 2,
      end_column: 12,
      primary: true,
      label: null,
      expansion: false,
    },
  ],
  notes: [],
  suggestions: [],
  rendered: '',
  root: null,
};

const subject: SubjectFacts = {
  kind: 'crate',
  edition: '2021',
  packages: [''],
  isolation: 'bubblewrap',
  policy: 'prior',
  has_extras: false,
  has_tests: true,
  check_only: false,
  run_tests: false,
  commit: null,
};

/** An episode's events as they come, from start to end. */
export const events: readonly EpisodeEvent[] = [
  {
    v: 1,
    type: 'start',
    episode: 'episode-1',
    root: '/home/me/crate',
    crate: 'crate',
    toolchain: 'rustc 1.85.0',
    rusta: '0.1.0',
    options: {},
    subject,
  },
  { v: 1, type: 'sense', files: {}, errors: [diagnostic], warnings: 0 },
  { v: 1, type: 'state', from: 'Sense', to: 'Plan', why: '1 error(s), 1 of them root causes' },
  { v: 1, type: 'state', from: 'Plan', to: 'Propose', why: 'E0308' },
  { v: 1, type: 'state', from: 'Propose', to: 'Validate', why: '2 candidate(s)' },
  { v: 1, type: 'verdict', node: 'n', candidate: '0123456789abcdef', index: 1, of: 2, verdict: 'accepted', detail: '' },
  { v: 1, type: 'end', status: 'fixed', reason: 'it compiles and its 3 tests pass' },
];

/** A stream that keeps what is written; `isTTY` and `columns` as a terminal's. */
export class Kept extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number;

  constructor(isTTY: boolean, columns: number = 80) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
    this.columns = columns;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export interface Setup {
  /** All three streams are a terminal. */
  readonly terminal?: boolean;
  readonly columns?: number;
  readonly env?: Record<string, string>;
  readonly services?: Partial<Services>;
  /** What `fix` ends in; or use `services`. */
  readonly result?: EpisodeResult;
  readonly events?: readonly EpisodeEvent[];
  /** Lines typed at questions. */
  readonly typed?: readonly string[];
  readonly signal?: AbortSignal;
  readonly cwd?: string;
  /** `rusta` where left out. */
  readonly program?: Program;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The bundles written, and the requests made, in order. */
  readonly applied: readonly PatchBundle[];
  readonly requests: readonly FixRequest[];
}

/** Runs a program with `argv` in this process. */
export async function run(argv: readonly string[], setup: Setup = {}): Promise<Outcome> {
  const isTTY = setup.terminal ?? false;
  const [stdout, stderr] = [new Kept(isTTY, setup.columns), new Kept(isTTY, setup.columns)];
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const typed = [...(setup.typed ?? [])];
  // Types an answer at each question, as a person would; ends the input after the last.
  stderr.on('question', () => (typed.length > 0 ? stdin.write(`${typed.shift()}\n`) : stdin.end()));
  const write = stderr._write.bind(stderr);
  stderr._write = (chunk, encoding, done): void => {
    write(chunk, encoding, done);
    if (/[?\]] $/.test(chunk.toString())) setImmediate(() => stderr.emit('question'));
  };

  const applied: PatchBundle[] = [];
  const requests: FixRequest[] = [];
  const unexpected = (name: string) => (): never => {
    throw new Error(`the test did not expect a call of ${name}`);
  };
  const services: Services = {
    root: async () => null,
    async fix(request, running) {
      requests.push(request);
      for (const event of setup.events ?? events) running.onEvent(event);
      return setup.result ?? result();
    },
    async apply(patch) {
      applied.push(patch);
      return patch.files.map(({ path }) => path);
    },
    remember: unexpected('remember'),
    replay: unexpected('replay'),
    bundle: unexpected('bundle'),
    episodes: unexpected('episodes'),
    entries: unexpected('entries'),
    purge: unexpected('purge'),
    rollback: unexpected('rollback'),
    mail: unexpected('mail'),
    doctor: unexpected('doctor'),
    ...setup.services,
  };
  const env = { TERM: 'xterm', ...setup.env };
  const terminal = new Terminal({ stdin, stdout, stderr, env });
  const signal = setup.signal ?? new AbortController().signal;
  const code = await main(argv, {
    terminal,
    services,
    env,
    cwd: setup.cwd ?? '/home/me/crate',
    signal,
    program: setup.program ?? rusta,
    call: (setup.program ?? rusta).name,
  });
  return { code, stdout: stdout.text, stderr: stderr.text, applied, requests };
}

/** Each line of JSON output, parsed: throws where a line is not JSON. */
export function jsonLines(stdout: string): Record<string, unknown>[] {
  assertEndsLine(stdout);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function assertEndsLine(text: string): void {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the output does not end in a newline');
}
