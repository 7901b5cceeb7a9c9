// Rust types as the compiler prints them and as source declares them, as small trees. What a conversion between two
// of them looks like is conversions.ts's.

export type RustType =
  | { readonly kind: 'ref'; readonly mutable: boolean; readonly lifetime: string | null; readonly of: RustType }
  /** A named type, by its last path segment; `path` is as written. Primitives and type parameters too. */
  | { readonly kind: 'path'; readonly name: string; readonly path: string; readonly args: readonly RustType[] }
  /** `()` is the tuple of none. */
  | { readonly kind: 'tuple'; readonly items: readonly RustType[] }
  | { readonly kind: 'slice'; readonly of: RustType }
  | { readonly kind: 'array'; readonly of: RustType; readonly length: string }
  /** A literal whose type is open: `{integer}` or `{float}`. */
  | { readonly kind: 'literal'; readonly of: 'integer' | 'float' }
  /** `_`, or a part that the compiler left out. */
  | { readonly kind: 'infer' }
  /** `dyn`, `impl`, functions, closures, `!`, pointers: kept as text. */
  | { readonly kind: 'other'; readonly text: string };

export const UNIT: RustType = { kind: 'tuple', items: [] };

/** Parses one type; null when the text is not one. Never throws. */
export function parseType(text: string): RustType | null {
  const reader = new TypeReader(text);
  const type = reader.type(0);
  reader.space();
  return type !== null && reader.done ? type : null;
}

/** Deepest nesting read; beyond it a type counts as unreadable. */
const MAX_DEPTH = 64;
const IDENTIFIER = /[\p{XID_Start}_][\p{XID_Continue}]*/uy;

class TypeReader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  space(): void {
    while (this.at < this.text.length && ' \n\r\t'.includes(this.text[this.at] as string)) this.at += 1;
  }

  type(depth: number): RustType | null {
    if (depth > MAX_DEPTH) return null;
    this.space();
    if (this.eat('&')) return this.reference(depth);
    if (this.eat('(')) return this.tuple(depth);
    if (this.eat('[')) return this.sequence(depth);
    if (this.eat('{integer}')) return { kind: 'literal', of: 'integer' };
    if (this.eat('{float}')) return { kind: 'literal', of: 'float' };
    const start = this.at;
    if (this.text[this.at] === '{' || this.text[this.at] === '*' || this.text[this.at] === '!')
      return this.opaque(start);
    const word = this.word();
    if (word === null) return null;
    if (word === '_') return { kind: 'infer' };
    if (['dyn', 'impl', 'fn', 'unsafe', 'extern', 'for'].includes(word)) return this.opaque(start);
    return this.path(start, word, depth);
  }

  private reference(depth: number): RustType | null {
    this.space();
    let lifetime: string | null = null;
    if (this.text[this.at] === "'") {
      this.at += 1;
      lifetime = `'${this.word() ?? ''}`;
      this.space();
    }
    const mark = this.at;
    let mutable = this.word() === 'mut';
    if (!mutable) this.at = mark;
    else if (this.at < this.text.length && !' \n'.includes(this.text[this.at] as string)) {
      mutable = true;
    }
    const of = this.type(depth + 1);
    return of === null ? null : { kind: 'ref', mutable, lifetime, of };
  }

  private tuple(depth: number): RustType | null {
    const items: RustType[] = [];
    let comma = false;
    for (;;) {
      this.space();
      if (this.eat(')')) break;
      const item = this.type(depth + 1);
      if (item === null) return null;
      items.push(item);
      this.space();
      comma = this.eat(',');
      if (!comma) {
        if (!this.eat(')')) return null;
        break;
      }
    }
    return items.length === 1 && !comma ? (items[0] as RustType) : { kind: 'tuple', items };
  }

  private sequence(depth: number): RustType | null {
    const of = this.type(depth + 1);
    if (of === null) return null;
    this.space();
    if (this.eat(']')) return { kind: 'slice', of };
    if (!this.eat(';')) return null;
    const start = this.at;
    const end = this.text.indexOf(']', this.at);
    if (end < 0) return null;
    this.at = end + 1;
    return { kind: 'array', of, length: this.text.slice(start, end).trim() };
  }

  private path(start: number, first: string, depth: number): RustType | null {
    let name = first;
    const args: RustType[] = [];
    for (;;) {
      if (this.eat('::')) {
        if (this.text[this.at] === '<') continue;
        if (this.text[this.at] === '{') return this.opaque(start);
        const next = this.word();
        if (next === null) return null;
        name = next;
        args.length = 0;
        continue;
      }
      if (this.text[this.at] !== '<') break;
      this.at += 1;
      for (;;) {
        this.space();
        if (this.eat('>')) break;
        if (this.eat(',')) continue;
        if (this.text[this.at] === "'") {
          this.at += 1;
          this.word();
          continue;
        }
        if (this.eat('...')) {
          args.push({ kind: 'infer' });
          continue;
        }
        const arg = this.type(depth + 1);
        if (arg === null) return null;
        args.push(arg);
        this.space();
        if (this.eat('=')) {
          const bound = this.type(depth + 1);
          if (bound === null) return null;
          args[args.length - 1] = bound;
        }
      }
    }
    const written = this.text.slice(start, this.at);
    const angle = written.indexOf('<');
    return { kind: 'path', name, path: angle < 0 ? written : written.slice(0, angle), args };
  }

  /** Takes everything up to the separator that ends this type. */
  private opaque(start: number): RustType {
    let depth = 0;
    this.at = start;
    while (this.at < this.text.length) {
      const c = this.text[this.at] as string;
      if ('([{<'.includes(c)) depth += 1;
      else if (c === '>' && this.text[this.at - 1] === '-') depth += 0;
      else if (')]}>'.includes(c)) {
        if (depth === 0) break;
        depth -= 1;
      } else if (c === ',' && depth === 0) break;
      this.at += 1;
    }
    return { kind: 'other', text: this.text.slice(start, this.at).trim() };
  }

  private word(): string | null {
    IDENTIFIER.lastIndex = this.at;
    const found = IDENTIFIER.exec(this.text)?.[0] ?? null;
    if (found !== null) this.at += found.length;
    return found;
  }

  private eat(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }
}

/** The type as source would write it; null when it cannot be written (closures, open literals, left-out parts). */
export function writeType(type: RustType): string | null {
  switch (type.kind) {
    case 'ref': {
      const of = writeType(type.of);
      const lifetime = type.lifetime === null || type.lifetime === "'_" ? '' : `${type.lifetime} `;
      return of === null ? null : `&${lifetime}${type.mutable ? 'mut ' : ''}${of}`;
    }
    case 'tuple': {
      const items = type.items.map(writeType);
      if (items.includes(null)) return null;
      return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
    }
    case 'slice':
    case 'array': {
      const of = writeType(type.of);
      if (of === null || (type.kind === 'array' && type.length === '_')) return null;
      return type.kind === 'slice' ? `[${of}]` : `[${of}; ${type.length}]`;
    }
    case 'literal':
      return type.of === 'integer' ? 'i32' : 'f64';
    case 'infer':
      return null;
    case 'other':
      return type.text.startsWith('dyn ') || type.text.startsWith('fn(') ? type.text.replace(/ \{.*\}$/, '') : null;
    case 'path': {
      const args = type.args.map(writeType);
      if (args.includes(null)) return null;
      return args.length === 0 ? type.path : `${type.path}<${args.join(', ')}>`;
    }
  }
}

const INTEGERS: readonly string[] = [
  'u8',
  'i8',
  'u16',
  'i16',
  'u32',
  'i32',
  'u64',
  'i64',
  'u128',
  'i128',
  'usize',
  'isize',
];

export function isPath(
  type: RustType | null | undefined,
  ...names: readonly string[]
): type is RustType & { kind: 'path' } {
  return type?.kind === 'path' && names.includes(type.name);
}

export const isInteger = (type: RustType): boolean =>
  isPath(type, ...INTEGERS) || (type.kind === 'literal' && type.of === 'integer');
export const isFloat = (type: RustType): boolean =>
  isPath(type, 'f32', 'f64') || (type.kind === 'literal' && type.of === 'float');
export const isNumber = (type: RustType): boolean => isInteger(type) || isFloat(type);
export const isUnit = (type: RustType): boolean => type.kind === 'tuple' && type.items.length === 0;
export const isStr = (type: RustType): boolean => isPath(type, 'str');
export const isText = (type: RustType): boolean => isPath(type, 'String') || (type.kind === 'ref' && isStr(type.of));

/** True where the type is surely `Copy`; false for what would have to be looked up. */
export function isCopy(type: RustType): boolean {
  if (isNumber(type) || isPath(type, 'bool', 'char')) return true;
  if (type.kind === 'ref') return !type.mutable;
  if (type.kind === 'tuple') return type.items.every(isCopy);
  if (type.kind === 'array') return isCopy(type.of);
  return isPath(type, 'Option') && type.args.every(isCopy);
}

/** Bits of an integer type, with pointers as 64; 0 for an open literal. */
export function bits(type: RustType): number {
  if (type.kind !== 'path') return 0;
  return type.name.endsWith('size') ? 64 : Number(type.name.slice(1));
}

/** Every value of `from` fits into `to` (numbers only). */
export function widens(from: RustType, to: RustType): boolean {
  if (from.kind !== 'path' || to.kind !== 'path') return true;
  if (isFloat(from)) return isFloat(to) && bits(from) <= bits(to);
  if (isFloat(to)) return bits(from) < (to.name === 'f64' ? 64 : 32);
  const signed = (type: RustType & { kind: 'path' }) => type.name.startsWith('i');
  if (signed(from) && !signed(to)) return false;
  return signed(from) === signed(to) ? bits(from) <= bits(to) : bits(from) < bits(to);
}

/** Equal where both are known: open parts match anything, `{integer}` any integer, lifetimes are not compared. */
export function matches(a: RustType, b: RustType): boolean {
  if (a.kind === 'infer' || b.kind === 'infer') return true;
  if (a.kind === 'literal') return a.of === 'integer' ? isInteger(b) : isFloat(b);
  if (b.kind === 'literal') return matches(b, a);
  if (a.kind === 'ref' && b.kind === 'ref') return a.mutable === b.mutable && matches(a.of, b.of);
  if (a.kind === 'slice' && b.kind === 'slice') return matches(a.of, b.of);
  if (a.kind === 'array' && b.kind === 'array') return matches(a.of, b.of);
  if (a.kind === 'tuple' && b.kind === 'tuple')
    return a.items.length === b.items.length && a.items.every((item, i) => matches(item, b.items[i] as RustType));
  if (a.kind === 'path' && b.kind === 'path')
    return (
      a.name === b.name &&
      (a.args.length !== b.args.length || a.args.every((arg, i) => matches(arg, b.args[i] as RustType)))
    );
  return a.kind === 'other' && b.kind === 'other' && a.text === b.text;
}

/** `&from` is accepted where `&to` is expected. */
export function derefs(from: RustType, to: RustType): boolean {
  if (matches(from, to)) return true;
  if (isPath(from, 'String')) return isStr(to);
  if (isPath(from, 'Vec') && to.kind === 'slice') return matches(from.args[0] ?? { kind: 'infer' }, to.of);
  if (from.kind === 'array' && to.kind === 'slice') return matches(from.of, to.of);
  if (isPath(from, 'Box', 'Rc', 'Arc') && from.args[0]) return derefs(from.args[0], to);
  if (from.kind === 'ref') return derefs(from.of, to);
  return isPath(from, 'PathBuf') && isPath(to, 'Path');
}
