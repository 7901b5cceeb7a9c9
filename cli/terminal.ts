// The process's three streams: what is a terminal, how wide, in which colours; a reader that went away; questions.
// What is said on them is the commands' and renderers' work.
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** What of a stream matters here: node's process.stdout is one. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };
export type Input = Readable & { readonly isTTY?: boolean };

export interface TerminalOptions {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export class Terminal {
  readonly #options: TerminalOptions;
  #color = 'auto';
  /** Aborted when whoever read stdout has gone: nothing more need be said. */
  readonly gone: AbortController = new AbortController();
  /** Why stdout could not be written; null when all of it was. Known after `flush`. */
  failed: NodeJS.ErrnoException | null = null;

  constructor(options: TerminalOptions) {
    this.#options = options;
    options.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') this.gone.abort();
      else this.failed ??= error;
    });
    options.stderr.on('error', () => {}); // nowhere is left to say it
  }

  /** `auto`, `always` or `never`; `auto` heeds NO_COLOR, TERM=dumb and whether the stream is a terminal. */
  set color(when: string) {
    this.#color = when;
  }

  get outColors(): Colors {
    return picocolors.createColors(this.#colored(this.#options.stdout));
  }

  get errColors(): Colors {
    return picocolors.createColors(this.#colored(this.#options.stderr));
  }

  #colored(stream: Output): boolean {
    if (this.#color !== 'auto') return this.#color === 'always';
    const { NO_COLOR, TERM } = this.#options.env;
    return !NO_COLOR && TERM !== 'dumb' && stream.isTTY === true;
  }

  get outIsTerminal(): boolean {
    return this.#options.stdout.isTTY === true;
  }

  /** True when a line on stderr can be redrawn. */
  get errIsTerminal(): boolean {
    return this.#options.stderr.isTTY === true && this.#options.env.TERM !== 'dumb';
  }

  /** True when a person can be asked: both the question's and the answer's end are a terminal. */
  get canAsk(): boolean {
    return this.#options.stdin.isTTY === true && this.#options.stderr.isTTY === true;
  }

  /** Columns of stderr, where progress and questions go; 80 when unknown. */
  get columns(): number {
    return this.#options.stderr.columns || Number(this.#options.env.COLUMNS) || 80;
  }

  out(text: string): void {
    if (!this.gone.signal.aborted) this.#options.stdout.write(text);
  }

  err(text: string): void {
    if (this.#options.stderr.writable) this.#options.stderr.write(text);
  }

  /** Waits until what was written has left the process. */
  async flush(): Promise<void> {
    await new Promise((turn) => setImmediate(turn)); // errors of what was written are told a turn later
    for (const stream of [this.#options.stdout, this.#options.stderr]) {
      if (stream.writableLength === 0 || stream.destroyed) continue;
      await new Promise<void>((done) => {
        stream.once('close', done);
        stream.once('error', () => done());
        stream.write('', () => done());
      });
    }
  }

  /** One question on stderr, one line back; null at the end of input or when `signal` aborts. Only where `canAsk`. */
  async ask(question: string, signal: AbortSignal): Promise<string | null> {
    const reader = createInterface({ input: this.#options.stdin, output: this.#options.stderr });
    // Without a listener readline would pause the process on Ctrl-C; here it means the same as everywhere else.
    reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    try {
      const ended = new Promise<null>((done) => reader.once('close', () => done(null)));
      return await Promise.race([reader.question(question, { signal }), ended]);
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    } finally {
      reader.close();
    }
  }
}
