// Rules between the numeric types: literals first, then casts.
import type { Rule } from './conversions.ts';
import { cast, operand } from './expressions.ts';
import { isCopy, isFloat, isInteger, isNumber, isPath, matches, type RustType, widens } from './rust-type.ts';

export const numberRules: readonly Rule[] = [
  {
    title: 'The number without quotes',
    write: ({ node, to }) => {
      const inner = node?.type === 'string_literal' || node?.type === 'char_literal' ? node.text.slice(1, -1) : '';
      if (/^0[xob][\da-fA-F_]+$/.test(inner) && isInteger(to)) return { text: inner, agreement: 1 };
      if (!/^-?\d[\d_]*(?:\.\d+)?$/.test(inner) || !isNumber(to)) return null;
      const literal = numericLiteral(inner, to);
      return literal === null ? null : { text: literal, agreement: 1 };
    },
  },
  {
    title: 'A literal of the wanted type',
    write: ({ node, from, to }) => {
      const literal = node === null || !isNumber(from) ? null : numericLiteral(node.text, to);
      return literal === null ? null : { text: literal, agreement: 1 };
    },
  },
  {
    title: 'Cast',
    write: ({ text, node, from, to }) => {
      const name = numberName(to);
      if (name === null || !isNumber(from) || matches(from, to)) return null;
      // Who writes a fraction does not mean it to be cut off: another type is wrong.
      const cut = node?.type === 'float_literal' && isInteger(to);
      if (cut) return { text: cast(text, name), agreement: 0.1, flags: ['unlikely', 'guesses'] };
      return { text: cast(text, name), agreement: widens(from, to) ? 1 : isFloat(from) && isInteger(to) ? 0.5 : 0.8 };
    },
  },
  {
    title: 'Dereference and cast',
    write: ({ text, from, to }) => {
      const name = numberName(to);
      let value = from;
      let stars = '';
      for (; value.kind === 'ref'; value = value.of) stars += '*';
      if (name === null || stars === '' || !isNumber(value) || matches(value, to)) return null;
      return { text: `${stars}${operand(text)} as ${name}`, agreement: 0.9 };
    },
  },
  {
    title: 'Convert without loss',
    write: ({ text, from, to }) => {
      const name = numberName(to);
      if (
        name === null ||
        from.kind !== 'path' ||
        !isNumber(from) ||
        !widens(from, to) ||
        /size$/.test(name + from.name)
      )
        return null;
      return { text: `${name}::from(${text})`, agreement: 0.7 };
    },
  },
  {
    title: 'A bool as a number',
    write: ({ text, from, to }) => {
      const name = numberName(to);
      return name !== null && isPath(from, 'bool') && isInteger(to) ? { text: cast(text, name), agreement: 0.6 } : null;
    },
  },
  {
    title: 'Compare with zero',
    write: ({ text, node, from, to }) => {
      if (!isPath(to, 'bool') || !isInteger(from)) return null;
      const inner = node?.type === 'unary_expression' && text.startsWith('!') ? node.namedChild(0) : null;
      if (inner === null) return { text: `${operand(text)} != 0`, agreement: 0.6 };
      const bare = inner.type === 'parenthesized_expression' ? (inner.namedChild(0) ?? inner) : inner;
      const tight =
        bare.type !== 'binary_expression' ||
        ['+', '-', '*', '/', '%'].includes(bare.childForFieldName('operator')?.text ?? '');
      return { text: `${tight ? bare.text : inner.text} == 0`, agreement: 0.9 };
    },
  },
  {
    title: 'A borrowed literal or cast',
    write: ({ text, from, to, inner }) => {
      if (to.kind !== 'ref' || to.mutable || !isNumber(from) || !isCopy(from) || !isNumber(to.of)) return null;
      const value = inner(text, from, to.of);
      return value === null || value === text ? null : { text: `&${operand(value)}`, agreement: 0.7 };
    },
  },
];

/** The name to cast to; `{float}` is `f64`, `{integer}` is left open. */
function numberName(type: RustType): string | null {
  if (type.kind === 'path' && isNumber(type)) return type.name;
  return type.kind === 'literal' && type.of === 'float' ? 'f64' : null;
}

const SUFFIX = /_?([iu](?:8|16|32|64|128|size)|f32|f64)$/;

/** A numeric literal written for another numeric type: `1` → `1.0`, `2.0` → `2`, `3u8` → `3u64`; null if it would change. */
export function numericLiteral(text: string, to: RustType): string | null {
  const negative = text.startsWith('-') ? '-' : '';
  const digits = text.slice(negative.length);
  if (!/^[0-9]/.test(digits) || digits.startsWith('0x') || digits.startsWith('0b') || digits.startsWith('0o'))
    return null;
  const suffix = SUFFIX.exec(digits)?.[1] ?? null;
  const body = suffix === null ? digits : digits.replace(SUFFIX, '');
  if (!/^[0-9_]+(?:\.[0-9_]*)?$/.test(body)) return null;
  if (isFloat(to)) {
    const written = body.includes('.') ? (body.endsWith('.') ? `${body}0` : body) : `${body}.0`;
    return negative + written;
  }
  if (!isInteger(to)) return null;
  const [whole, fraction = ''] = body.split('.') as [string, string?];
  if (/[1-9]/.test(fraction)) return null;
  return suffix === null || to.kind !== 'path' ? negative + whole : `${negative}${whole}${to.name}`;
}
