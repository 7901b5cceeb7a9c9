// How far an evaluation is, on stderr: redrawn where it can be, else a line now and then. Reads records; decides nothing.
import { isRight, isWrong } from '../../trainer/eval/figures.ts';
import type { CaseRecord } from '../../trainer/eval/record.ts';
import { cut } from '../columns.ts';
import type { Terminal } from '../terminal.ts';
import { duration } from '../text.ts';

/** Where nothing can be redrawn, how long at least between two lines, ms. */
const quietMs = 15_000;

export class EvalProgress {
  readonly #terminal: Terminal;
  readonly #all: number;
  readonly #earlier: number;
  readonly #started: number = performance.now();
  #now = 0;
  #fixed = 0;
  #right = 0;
  #wrong = 0;
  #excluded = 0;
  #last: number = Number.NEGATIVE_INFINITY;
  #drawn = false;

  /** `earlier`: cases that an interrupted run has done already. */
  constructor(terminal: Terminal, all: number, earlier: number) {
    this.#terminal = terminal;
    this.#all = all;
    this.#earlier = earlier;
    if (earlier > 0) terminal.err(`${earlier} of ${all} cases are done already\n`);
  }

  record(record: CaseRecord): void {
    this.#now += 1;
    if (record.excluded !== null) this.#excluded += 1;
    if (record.status === 'fixed') this.#fixed += 1;
    if (isRight(record)) this.#right += 1;
    if (isWrong(record)) this.#wrong += 1;
    const now = performance.now();
    const line = this.#line(record.case, now - this.#started);
    if (this.#terminal.errIsTerminal) {
      this.#terminal.err(`\r\x1b[2K${cut(line, this.#terminal.columns - 1)}`);
      this.#drawn = true;
    } else if (now - this.#last > quietMs) {
      this.#last = now;
      this.#terminal.err(`${line}\n`);
    }
  }

  #line(name: string, elapsed: number): string {
    const done = this.#earlier + this.#now;
    const each = elapsed / this.#now;
    const parts = [`${done}/${this.#all}`, `fixed ${this.#fixed}`, `right ${this.#right}`, `wrong ${this.#wrong}`];
    if (this.#excluded > 0) parts.push(`excluded ${this.#excluded}`);
    parts.push(`${duration(each * (this.#all - done))} left`, name);
    return parts.join(' · ');
  }

  stop(): void {
    if (this.#drawn) this.#terminal.err('\n');
    this.#drawn = false;
  }
}
