// Strict JSON with exact positions, and its canonical form: for text that people write and for content hashes.
//
// Stricter than JSON.parse where that would lose something in silence: a key given twice, a number that a double
// cannot hold, half a surrogate pair in the text itself, nesting without end. -0 reads as 0.

/** Nesting of arrays and objects beyond which nothing of ours goes; keeps the reader's own stack bounded. */
export const maxDepth = 64;

/** A place in a text. `offset` counts UTF-16 units from 0; `line` and `column` count from 1, columns in characters. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** Where `offset` lies in `text`. Lines end with `\n`. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line += 1;
  let column = 1;
  for (const _ of before.slice(start)) column += 1;
  return { offset, line, column };
}

/** What stood where something else was expected. */
export class JsonSyntaxError extends Error implements Position {
  readonly expected: string;
  readonly found: string;
  readonly offset: number;
  readonly line: number;
  readonly column: number;

  constructor(text: string, offset: number, expected: string, found: string) {
    const position = positionAt(text, offset);
    super(`line ${position.line}, column ${position.column}: expected ${expected}, found ${found}`);
    this.name = 'JsonSyntaxError';
    this.expected = expected;
    this.found = found;
    this.offset = position.offset;
    this.line = position.line;
    this.column = position.column;
  }
}

export type JsonObject = { [key: string]: unknown };

/** The value of all of `text.slice(start, end)`, white space around it allowed. Throws JsonSyntaxError alone. */
export function readJson(text: string, start = 0, end: number = text.length): unknown {
  const reader = new Reader(text, start, end);
  const value = reader.value(0);
  reader.space();
  if (reader.at < end) reader.fail('nothing after the value');
  return value;
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const literals: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

class Reader {
  readonly text: string;
  readonly end: number;
  at: number;

  constructor(text: string, start: number, end: number) {
    this.text = text;
    this.end = end;
    this.at = start;
  }

  fail(expected: string, at: number = this.at, found: string = this.found(at)): never {
    throw new JsonSyntaxError(this.text, at, expected, found);
  }

  space(): void {
    while (this.at < this.end && ' \t\r\n'.includes(this.text[this.at] as string)) this.at += 1;
  }

  value(depth: number): unknown {
    this.space();
    const start = this.at;
    const first = this.peek();
    if (first === '{' || first === '[') {
      if (depth >= maxDepth) this.fail(`at most ${maxDepth} levels of nesting`, start, 'one more');
      return first === '{' ? this.object(depth) : this.array(depth);
    }
    if (first === '"') return this.string();
    if (first === '-' || isDigit(first)) return this.number();
    for (const [word, value] of literals) {
      if (this.text.startsWith(word, start) && start + word.length <= this.end) {
        this.at = start + word.length;
        return value;
      }
    }
    return this.fail('a JSON value');
  }

  private object(depth: number): JsonObject {
    const object: JsonObject = {};
    this.at += 1;
    this.space();
    if (this.take('}')) return object;
    for (;;) {
      this.space();
      const start = this.at;
      if (this.peek() !== '"') this.fail('a key in double quotes');
      const key = this.string();
      if (Object.hasOwn(object, key)) this.fail('each key once', start, `${JSON.stringify(key)} a second time`);
      this.space();
      if (!this.take(':')) this.fail("':'");
      const value = this.value(depth + 1);
      // Not by assignment, which for `__proto__` would set the prototype.
      Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
      this.space();
      if (this.take('}')) return object;
      if (!this.take(',')) this.fail("',' or '}'");
    }
  }

  private array(depth: number): unknown[] {
    const array: unknown[] = [];
    this.at += 1;
    this.space();
    if (this.take(']')) return array;
    for (;;) {
      array.push(this.value(depth + 1));
      this.space();
      if (this.take(']')) return array;
      if (!this.take(',')) this.fail("',' or ']'");
    }
  }

  private string(): string {
    this.at += 1;
    let value = '';
    for (;;) {
      const char = this.peek();
      if (char === undefined) this.fail('the closing quote');
      if (char === '"') {
        this.at += 1;
        return value;
      }
      if (char === '\\') value += this.escape();
      else {
        if (char < ' ') this.fail('an escape for a control character');
        const point = this.text.codePointAt(this.at) as number;
        // UTF-8 cannot write half a pair; as an escape (\ud800) it is kept as it is.
        if (point >= 0xd800 && point <= 0xdfff) this.fail('whole characters');
        const whole = String.fromCodePoint(point);
        value += whole;
        this.at += whole.length;
      }
    }
  }

  private escape(): string {
    const start = this.at;
    const letter = this.text[start + 1];
    if (start + 1 >= this.end || letter === undefined) this.fail('the rest of an escape', this.end);
    if (letter === 'u') {
      const hex = this.text.slice(start + 2, Math.min(start + 6, this.end));
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) {
        const good = /^[0-9a-fA-F]*/.exec(hex)?.[0].length ?? 0;
        this.fail('four hex digits', start + 2 + good);
      }
      this.at = start + 6;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    if (!Object.hasOwn(escapes, letter)) this.fail('one of " \\ / b f n r t u after a backslash', start + 1);
    this.at = start + 2;
    return escapes[letter] as string;
  }

  private number(): number {
    const start = this.at;
    this.take('-');
    if (this.take('0')) {
      if (isDigit(this.peek())) this.fail('no digit after a leading zero');
    } else this.digits();
    let integer = true;
    if (this.take('.')) {
      integer = false;
      this.digits();
    }
    if (this.take('e') || this.take('E')) {
      integer = false;
      if (!this.take('+')) this.take('-');
      this.digits();
    }
    const literal = this.text.slice(start, this.at);
    const value = Number(literal);
    // A large integer is kept when it is exact, or is how a double prints itself (its last digits are then zeros).
    const lost =
      !Number.isFinite(value) ||
      (value === 0 && /[1-9]/.test(literal.replace(/[eE].*/, ''))) ||
      (integer && !Number.isSafeInteger(value) && literal !== String(value) && BigInt(literal) !== BigInt(value));
    if (lost) this.fail('a number that a double holds', start, shorten(literal));
    return value === 0 ? 0 : value;
  }

  private digits(): void {
    if (!isDigit(this.peek())) this.fail('a digit');
    while (isDigit(this.peek())) this.at += 1;
  }

  private peek(): string | undefined {
    return this.at < this.end ? this.text[this.at] : undefined;
  }

  private take(char: string): boolean {
    if (this.peek() !== char) return false;
    this.at += 1;
    return true;
  }

  private found(at: number): string {
    if (at >= this.end) return this.end === this.text.length ? 'the end of the text' : 'the end of the line';
    const point = this.text.codePointAt(at) as number;
    const printable = point > 0x20 && point < 0x7f;
    return printable
      ? JSON.stringify(String.fromCodePoint(point))
      : `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  }
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/**
 * One text for one value, whatever order its keys were set in: keys sorted by UTF-16 units, no white space, -0 as 0,
 * fields that are undefined left out. `readJson` reads it back. Throws TypeError for what JSON cannot say.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} is not JSON`);
    return JSON.stringify(value);
  }
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} is not JSON`);
  if (depth >= maxDepth) throw new TypeError(`nested deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) return `[${Array.from(value, (item) => write(item, depth + 1)).join(',')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) throw new TypeError('an object with a class is not JSON');
  const fields = Object.keys(value)
    .sort()
    .flatMap((key) => {
      const field = (value as JsonObject)[key];
      return field === undefined ? [] : [`${JSON.stringify(key)}:${write(field, depth + 1)}`];
    });
  return `{${fields.join(',')}}`;
}
