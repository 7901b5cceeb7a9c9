// The one place that starts processes. What runs isolated goes through tools/sandbox, which calls this.

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  /** Wall time in ms after which the whole process group is killed. */
  readonly timeMs?: number;
  /** Bytes kept of stdout and of stderr each; the rest is read and dropped. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
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
