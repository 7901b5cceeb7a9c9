// Resolves what WGSL lacks: `#if` over defines, unrolled `#for`, and defines put in by name. Kernels are text before and
// after; a define set and a file give one shader, so that a family is one file however many variants it has.
import { RustaError } from '../schemas/errors.ts';

export type Defines = { readonly [name: string]: number | string };

/**
 * The shader for a set of defines.
 *   #if EXPR / #elif EXPR / #else / #endif   EXPR: numbers, defines (0 where not given), ! && || == != < > <= >= + - * / %, brackets
 *   #for NAME COUNT / #end                   the lines between, COUNT times, with NAME replaced by 0, 1, ...
 *   NAME                                     a define's value, wherever it stands as a whole word
 *   a##NAME                                  a define's value, joined to what stands before
 * @throws RustaError `kernel-source`, with the file and line.
 */
export function preprocess(file: string, source: string, defines: Defines): string {
  const lines = source.split('\n');
  const out: string[] = [];
  block(0, lines.length, defines);
  return out.join('\n');

  function block(from: number, to: number, given: Defines): void {
    for (let at = from; at < to; at += 1) {
      const text = lines[at] as string;
      const directive = /^\s*#(\w+)\s*(.*)$/.exec(text);
      if (directive === null) {
        out.push(substitute(text, given));
        continue;
      }
      const [, word, rest] = directive as unknown as [string, string, string];
      if (word === 'if') at = conditional(at, to, given);
      else if (word === 'for') {
        const [name, count] = rest.trim().split(/\s+/, 2) as [string, string];
        const end = closing(at, to, 'for', 'end');
        const times = evaluate(rest.trim().slice(name.length) || count, given, at);
        for (let turn = 0; turn < times; turn += 1) block(at + 1, end, { ...given, [name]: turn });
        at = end;
      } else throw broken(at, `unknown directive #${word}`);
    }
  }

  function conditional(at: number, to: number, given: Defines): number {
    const end = closing(at, to, 'if', 'endif');
    let taken = false;
    let start = at;
    while (start < end) {
      const [, word, rest] = /^\s*#(\w+)\s*(.*)$/.exec(lines[start] as string) as unknown as [string, string, string];
      const next = branch(start, end);
      if (!taken && (word === 'else' || evaluate(rest, given, start) !== 0)) {
        taken = true;
        block(start + 1, next, given);
      }
      start = next;
    }
    return end;
  }

  /** The next #elif, #else or #endif of the same #if. */
  function branch(start: number, end: number): number {
    let depth = 0;
    for (let at = start + 1; at < end; at += 1) {
      const word = /^\s*#(\w+)/.exec(lines[at] as string)?.[1];
      if (word === 'if') depth += 1;
      else if (word === 'endif') depth -= 1;
      else if (depth === 0 && (word === 'elif' || word === 'else')) return at;
    }
    return end;
  }

  function closing(start: number, to: number, open: string, close: string): number {
    let depth = 0;
    for (let at = start; at < to; at += 1) {
      const word = /^\s*#(\w+)/.exec(lines[at] as string)?.[1];
      if (word === open) depth += 1;
      else if (word === close) {
        depth -= 1;
        if (depth === 0) return at;
      }
    }
    throw broken(start, `#${open} without #${close}`);
  }

  function evaluate(text: string, given: Defines, at: number): number {
    const tokens = text.replace(/\/\/.*$/, '').match(/\w+|&&|\|\||[=!<>]=|[!<>()+\-*/%]/g) ?? [];
    let next = 0;
    const levels = [['||'], ['&&'], ['==', '!='], ['<', '>', '<=', '>='], ['+', '-'], ['*', '/', '%']];
    const apply: Record<string, (a: number, b: number) => number> = {
      '||': (a, b) => Number(a !== 0 || b !== 0),
      '&&': (a, b) => Number(a !== 0 && b !== 0),
      '==': (a, b) => Number(a === b),
      '!=': (a, b) => Number(a !== b),
      '<': (a, b) => Number(a < b),
      '>': (a, b) => Number(a > b),
      '<=': (a, b) => Number(a <= b),
      '>=': (a, b) => Number(a >= b),
      '+': (a, b) => a + b,
      '-': (a, b) => a - b,
      '*': (a, b) => a * b,
      '/': (a, b) => Math.trunc(a / b),
      '%': (a, b) => a % b,
    };
    const level = (depth: number): number => {
      const operators = levels[depth];
      if (operators === undefined) return primary();
      let value = level(depth + 1);
      while (operators.includes(tokens[next] ?? '')) {
        const operator = tokens[next] as string;
        next += 1;
        value = (apply[operator] as (a: number, b: number) => number)(value, level(depth + 1));
      }
      return value;
    };
    const primary = (): number => {
      const token = tokens[next];
      next += 1;
      if (token === '!') return Number(primary() === 0);
      if (token === '-') return -primary();
      if (token === '(') {
        const value = level(0);
        if (tokens[next] !== ')') throw broken(at, 'a bracket is not closed');
        next += 1;
        return value;
      }
      if (token === undefined) throw broken(at, 'an expression ends too early');
      if (/^\d/.test(token)) return Number.parseInt(token, 10);
      const value = given[token] ?? 0;
      if (typeof value === 'number') return value;
      return /^-?\d+$/.test(value) ? Number.parseInt(value, 10) : Number(value !== '');
    };
    const value = level(0);
    if (next !== tokens.length) throw broken(at, `cannot read the expression '${text}'`);
    return value;
  }

  function broken(at: number, message: string): RustaError {
    return new RustaError(`${file}:${at + 1}: ${message}`, { code: 'kernel-source', op: 'preprocess' });
  }
}

function substitute(line: string, given: Defines): string {
  const comment = line.indexOf('//');
  const text = comment === -1 ? line : line.slice(0, comment);
  const rest = line.slice(text.length);
  return `${text
    .replace(/##(\w+)/g, (_, name: string) => String(given[name] ?? name))
    .replace(/(?<![\w.])[A-Za-z_]\w*/g, (name) => (Object.hasOwn(given, name) ? String(given[name]) : name))}${rest}`;
}
