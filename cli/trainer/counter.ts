// One line of progress on stderr, redrawn on a terminal; elsewhere a line every few seconds.

import { cut } from '../columns.ts';
import type { Terminal } from '../terminal.ts';

const redrawMs = 100;
const lineMs = 5000;

export class Counter {
  readonly #terminal: Terminal;
  #last = 0;
  #drawn = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  count(done: number, of: number, what: string): void {
    this.say(`${done + 1} of ${of}  ${what}`);
  }

  say(text: string): void {
    const now = performance.now();
    const { errIsTerminal, columns } = this.#terminal;
    if (now - this.#last < (errIsTerminal ? redrawMs : lineMs)) return;
    this.#last = now;
    this.#drawn = errIsTerminal;
    this.#terminal.err(errIsTerminal ? `\r\x1b[K${cut(text, columns - 1)}` : `${text}\n`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#drawn) this.#terminal.err('\r\x1b[K');
    this.#drawn = false;
  }
}
