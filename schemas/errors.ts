// The one error type of the tree. Printing it and choosing the process's exit code is cli/'s work.

/** Exit codes of the command line, by what went wrong. */
export const exitCodes = {
  ok: 0,
  notFixed: 1,
  usage: 2,
  budget: 3,
  toolchain: 4,
  refused: 5,
  internal: 70,
  interrupted: 130,
} as const;

export type ExitKind = keyof typeof exitCodes;

export interface RustaErrorDetail {
  /** Stable, kebab-case: `manifest-broken`, `sandbox-missing`, `schema-mismatch`. */
  code: string;
  /** The operation that failed: `cargo check`, `patch apply`. */
  op: string;
  /** What a person can do about it, one line. */
  hint?: string;
  expected?: string;
  got?: string;
  /** How the process should end when nobody handles it. */
  exit?: ExitKind;
  cause?: unknown;
}

/** An error that a person can act on: `op: message` in one line, and a hint. */
export class RustaError extends Error {
  readonly code: string;
  readonly op: string;
  readonly hint: string | undefined;
  readonly expected: string | undefined;
  readonly got: string | undefined;
  readonly exit: ExitKind;

  constructor(message: string, detail: RustaErrorDetail) {
    super(`${detail.op}: ${message}`, detail.cause === undefined ? {} : { cause: detail.cause });
    this.name = 'RustaError';
    this.code = detail.code;
    this.op = detail.op;
    this.hint = detail.hint;
    this.expected = detail.expected;
    this.got = detail.got;
    this.exit = detail.exit ?? 'internal';
  }
}
