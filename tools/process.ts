// The one place that starts processes. What runs isolated goes through tools/sandbox, which calls this.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { RustaError } from '../schemas/errors.ts';

export interface RunOptions {
  readonly cwd?: string;
  /** The child's whole environment; without it the child inherits ours. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  /** Wall time in ms after which the whole process group is killed. */
  readonly timeMs?: number;
  /** Bytes kept of stdout and of stderr each (16 MiB by default); the rest is read and dropped. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  /** Every line as it comes, without its line end, also beyond `maxBytes`; a line past 8 MiB is cut. */
  readonly onStdoutLine?: (line: string) => void;
  readonly onStderrLine?: (line: string) => void;
}

export interface RunResult {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True when output was dropped for `maxBytes`. */
  readonly truncated: boolean;
  readonly timedOut: boolean;
  readonly cancelled: boolean;
  /** Set when a resource limit ended it. */
  readonly limit: 'memory' | 'processes' | 'disk' | null;
  readonly ms: number;
}

/** Bytes kept of each stream when the caller names no bound. */
const defaultMaxBytes = 16 * 1024 * 1024;
/** Characters of one line handed to a line callback. */
const maxLine = 8 * 1024 * 1024;
/** After the child's exit a stray process may hold its pipes: wait for this long a silence, ms, and never past `drainMost`. */
const drainQuiet = 150;
const drainMost = 2000;

/** Why a process was ended from outside. */
export type Ended = 'timeout' | 'cancelled' | 'memory' | 'processes' | 'disk';

export interface StartOptions extends RunOptions {
  /** How many more pipes to open, as file descriptors 3, 4, … of the child. */
  readonly pipes?: number;
  /** Called on every kill besides the process group's own, for what lives outside the group. */
  readonly onKill?: () => void;
}

export interface Running {
  readonly pid: number;
  /** The pipes asked for by `pipes`, in order. */
  readonly pipes: readonly Duplex[];
  /** Kills the whole process group; the first reason given is the one reported. */
  end(why: Ended): void;
  readonly done: Promise<RunResult>;
}

/**
 * Runs a command in its own process group until it, or what ends it, is over; a non-zero exit is a result, not an error.
 * No process of the group outlives the call. Throws RustaError when the command cannot be started at all.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  if (options.signal?.aborted) return neverStarted();
  return (await start(command, args, options)).done;
}

/** Like `run`, for callers that watch the process while it runs. Resolves once it is spawned. */
export async function start(command: string, args: readonly string[], options: StartOptions = {}): Promise<Running> {
  const began = performance.now();
  const child = await spawned(command, args, options);
  const pid = child.pid as number;
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  const stdout = collect(child.stdout as Readable, maxBytes, options.onStdoutLine);
  const stderr = collect(child.stderr as Readable, maxBytes, options.onStderrLine);

  let why: Ended | null = null;
  const kill = (): void => {
    killGroup(pid);
    options.onKill?.();
  };
  const end = (reason: Ended): void => {
    why ??= reason;
    kill();
  };
  const onAbort = (): void => end('cancelled');
  const timer =
    options.timeMs === undefined ? undefined : setTimeout(() => end('timeout'), Math.min(options.timeMs, 0x7fffffff));
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted) onAbort();
  enroll(end);

  const done = finished(child, [stdout, stderr]).then(({ code, signal }): RunResult => {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    discharge(end);
    const out = stdout.text();
    const err = stderr.text();
    const limited = why === 'memory' || why === 'processes' || why === 'disk';
    return {
      code: signal === null ? code : null,
      signal,
      stdout: out,
      stderr: err,
      truncated: stdout.truncated() || stderr.truncated(),
      timedOut: why === 'timeout',
      cancelled: why === 'cancelled',
      limit: limited ? (why as 'memory' | 'processes' | 'disk') : null,
      ms: performance.now() - began,
    };
  });
  child.stdin?.on('error', () => {}); // EPIPE: the child did not read its input, which is its own affair
  child.stdin?.end(options.stdin);
  return { pid, pipes: child.stdio.slice(3) as Duplex[], end, done };
}

function neverStarted(): RunResult {
  return {
    code: null,
    signal: null,
    stdout: '',
    stderr: '',
    truncated: false,
    timedOut: false,
    cancelled: true,
    limit: null,
    ms: 0,
  };
}

/** SIGKILL to a whole process group; a group that is gone is no error. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: all gone already. EPERM: only zombies or foreign processes are left.
  }
}

function spawned(command: string, args: readonly string[], options: StartOptions): Promise<ChildProcess> {
  const extra = Array.from({ length: options.pipes ?? 0 }, () => 'pipe' as const);
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown): void => reject(cannotStart(command, options.cwd, cause));
    try {
      const child = spawn(command, args, {
        cwd: options.cwd,
        env: options.env ?? process.env,
        detached: true, // its own session and process group, so that one kill reaches all of it
        stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...extra],
      });
      child.once('error', failed);
      child.once('spawn', () => {
        child.removeListener('error', failed);
        child.on('error', () => {}); // only a failed kill comes here
        resolve(child);
      });
    } catch (cause) {
      failed(cause);
    }
  });
}

function cannotStart(command: string, cwd: string | undefined, cause: unknown): RustaError {
  const errno = (cause as NodeJS.ErrnoException).code ?? '';
  if (errno === 'ENOENT' && cwd !== undefined && !existsSync(cwd)) {
    return new RustaError(`the folder ${cwd} does not exist`, {
      code: 'folder-missing',
      op: command,
      exit: 'usage',
      cause,
    });
  }
  // EACCES for a bare name: a folder on PATH cannot be searched, and no other has it.
  if (errno === 'ENOENT' || (errno === 'EACCES' && !command.includes('/'))) {
    return new RustaError('command not found', {
      code: 'command-missing',
      op: command,
      hint: `install ${command} or put it on PATH`,
      exit: 'toolchain',
      cause,
    });
  }
  return new RustaError(`cannot be started: ${(cause as Error).message}`, {
    code: 'spawn-failed',
    op: command,
    got: errno,
    cause,
  });
}

interface Collected {
  text(): string;
  truncated(): boolean;
  /** When data last came, in `performance.now()` ms. */
  last(): number;
  /** Hands over the last line where no line end followed it. */
  flush(): void;
  readonly stream: Readable;
}

function collect(stream: Readable, maxBytes: number, onLine: ((line: string) => void) | undefined): Collected {
  const kept: Buffer[] = [];
  let size = 0;
  let dropped = false;
  let last = performance.now();
  const lines = onLine === undefined ? null : lineSplitter(onLine);
  stream.on('data', (chunk: Buffer) => {
    last = performance.now();
    const room = maxBytes - size;
    if (chunk.length > room) dropped = true;
    if (room > 0) {
      const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
      kept.push(part);
      size += part.length;
    }
    lines?.write(chunk);
  });
  stream.on('error', () => {}); // a pipe torn down by the kill
  return {
    stream,
    last: () => last,
    truncated: () => dropped,
    text: () => decode(Buffer.concat(kept), dropped),
    flush: () => lines?.end(),
  };
}

/** UTF-8 with U+FFFD for what is not; a character cut in half by the bound is left out. */
function decode(bytes: Buffer, cut: boolean): string {
  if (!cut) return bytes.toString('utf8');
  return new StringDecoder('utf8').write(bytes);
}

function lineSplitter(onLine: (line: string) => void): { write(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let pending: string[] = [];
  let length = 0;
  const add = (text: string): void => {
    if (length < maxLine) pending.push(text.slice(0, maxLine - length));
    length += text.length;
  };
  const emit = (): void => {
    const line = pending.join('');
    pending = [];
    length = 0;
    onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  };
  return {
    write(chunk) {
      const text = decoder.write(chunk);
      let from = 0;
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
        add(text.slice(from, at));
        emit();
        from = at + 1;
      }
      if (from < text.length) add(text.slice(from));
    },
    end() {
      add(decoder.end());
      if (length > 0) emit();
    },
  };
}

/** Waits for the exit and then for the pipes, the latter not for ever: a stray grandchild may hold them open. */
function finished(
  child: ChildProcess,
  outputs: readonly Collected[],
): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      killGroup(child.pid as number); // whatever of the group is left behind
      const exited = performance.now();
      const settle = (): void => {
        clearInterval(drain);
        child.removeListener('close', settle);
        for (const output of outputs) {
          output.stream.destroy();
          output.flush();
        }
        resolve({ code, signal });
      };
      const drain = setInterval(() => {
        const now = performance.now();
        const last = Math.max(exited, ...outputs.map((output) => output.last()));
        if (now - last > drainQuiet || now - exited > drainMost) settle();
      }, 50);
      child.once('close', settle);
    });
  });
}

// Children die with this process, on every path but SIGKILL (where bubblewrap's own death signal takes over).
const live = new Set<(why: Ended) => void>();
const deadly = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function enroll(end: (why: Ended) => void): void {
  if (live.size === 0) {
    process.on('exit', endAll);
    for (const name of deadly) process.on(name, onDeadly);
  }
  live.add(end);
}

function discharge(end: (why: Ended) => void): void {
  live.delete(end);
  if (live.size > 0) return;
  process.removeListener('exit', endAll);
  for (const name of deadly) process.removeListener(name, onDeadly);
}

function endAll(): void {
  for (const end of live) end('cancelled');
}

function onDeadly(name: NodeJS.Signals): void {
  endAll();
  // With no handler but ours the signal must still end this process, as it would have without us.
  if (process.listenerCount(name) > 1) return;
  process.removeListener(name, onDeadly);
  process.kill(process.pid, name);
}
