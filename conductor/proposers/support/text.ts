// Rules between the types of text: `String`, `&str`, `char`, bytes, and what becomes one of them.
import type { Rule } from './conversions.ts';
import { methodCall, operand, receiver } from './expressions.ts';
import { strip } from './references.ts';
import { isInteger, isNumber, isPath, isStr, isText, matches, parseType, type RustType } from './rust-type.ts';

const CHAR = parseType('char') as RustType;
const STR = parseType('&str') as RustType;

export const textRules: readonly Rule[] = [
  {
    title: 'Single quotes for a char',
    write: ({ node, to }) => {
      const inner = node?.type === 'string_literal' ? charText(node.text.slice(1, -1)) : null;
      return inner !== null && isPath(to, 'char') ? { text: `'${inner}'`, agreement: 1 } : null;
    },
  },
  {
    title: 'Double quotes for a string',
    write: ({ node, to }) => {
      if (node?.type !== 'char_literal' || !node.text.startsWith("'") || !isText(to)) return null;
      const literal = `"${node.text === "'\"'" ? '\\"' : node.text.slice(1, -1)}"`;
      return { text: to.kind === 'ref' ? literal : `${literal}.to_string()`, agreement: 1 };
    },
  },
  {
    title: 'A letter in the other case',
    write: ({ node, from, to }) => {
      const call = methodCall(node);
      const name = /^to_(lower|upper)case$/.exec(call?.name.text ?? '')?.[1];
      if (call === null || name === undefined || !isPath(from, 'ToLowercase', 'ToUppercase') || !isPath(to, 'char'))
        return null;
      return { text: `${receiver(call.receiver.text)}.to_ascii_${name}case()`, agreement: 1 };
    },
  },
  {
    title: 'A byte literal',
    write: ({ node, to }) => {
      if (!isPath(to, 'u8')) return null;
      if (node?.type === 'char_literal' && node.text.startsWith("'")) return { text: `b${node.text}`, agreement: 1 };
      const inner = node?.type === 'string_literal' ? charText(node.text.slice(1, -1)) : null;
      return inner === null ? null : { text: `b'${inner}'`, agreement: 1 };
    },
  },
  {
    title: 'A char instead of a byte literal',
    write: ({ node, to }) =>
      node?.type === 'char_literal' && isPath(to, 'char') && node.text.startsWith('b')
        ? { text: node.text.slice(1), agreement: 1 }
        : null,
  },
  {
    title: 'Remove the conversion',
    write: ({ node, from, to }) => {
      const call = methodCall(node);
      if (
        call === null ||
        call.args.length > 0 ||
        !['to_string', 'to_owned', 'into', 'as_str'].includes(call.name.text)
      )
        return null;
      const literal = call.receiver.type === 'string_literal';
      if (isPath(from, 'String') && matches(to, STR) && literal) return { text: call.receiver.text, agreement: 0.9 };
      return isPath(to, 'String') && call.name.text === 'as_str' ? { text: call.receiver.text, agreement: 0.4 } : null;
    },
  },
  {
    title: 'Own the text',
    write: ({ text, from, to }) => {
      const bare = strip(from);
      if (!isPath(to, 'String')) return null;
      if (isStr(bare) || isPath(bare, 'char', 'Cow')) return { text: `${receiver(text)}.to_string()`, agreement: 1 };
      return isNumber(bare) || isPath(bare, 'bool') ? { text: `${receiver(text)}.to_string()`, agreement: 0.8 } : null;
    },
  },
  {
    title: 'Borrow as text',
    write: ({ text, from, to }) =>
      isPath(strip(from), 'String') && to.kind === 'ref' && isStr(to.of) && !to.mutable
        ? { text: `${receiver(text)}.as_str()`, agreement: 0.8 }
        : null,
  },
  {
    title: 'Write the value as text and borrow it',
    write: ({ text, from, to }) =>
      (isNumber(strip(from)) || isPath(strip(from), 'char')) && to.kind === 'ref' && isStr(to.of)
        ? { text: `&${receiver(text)}.to_string()`, agreement: isPath(strip(from), 'u8') ? 0.1 : 0.6 }
        : null,
  },
  {
    title: 'A char as a number',
    write: ({ text, from, to }) => {
      if (!isPath(strip(from), 'char') || !isInteger(to) || to.kind !== 'path') return null;
      const value = from.kind === 'ref' ? `*${operand(text)}` : operand(text);
      return { text: `${value} as ${to.name}`, agreement: 0.7 };
    },
  },
  {
    title: 'A byte as a char',
    write: ({ text, from, to }) => {
      if (!isPath(to, 'char')) return null;
      if (isPath(strip(from), 'u8'))
        return { text: `${from.kind === 'ref' ? '*' : ''}${operand(text)} as char`, agreement: 0.9 };
      if (isInteger(from)) return { text: `${operand(`(${text} as u8)`)} as char`, agreement: 0.3 };
      return null;
    },
  },
  {
    title: 'Characters into a vector',
    write: ({ text, from, to }) =>
      isText(strip2(from)) && isPath(to, 'Vec') && matches(to.args[0] ?? CHAR, CHAR)
        ? { text: `${receiver(text)}.chars().collect()`, agreement: 0.8 }
        : null,
  },
  {
    title: 'Characters into a string',
    write: ({ text, from, to }) => {
      const bare = strip(from);
      const items = isPath(bare, 'Vec')
        ? bare.args[0]
        : bare.kind === 'slice' || bare.kind === 'array'
          ? bare.of
          : undefined;
      if (items === undefined || !isPath(to, 'String')) return null;
      if (matches(items, CHAR)) return { text: `${receiver(text)}.iter().collect()`, agreement: 0.9 };
      return isText(items) ? { text: `${receiver(text)}.concat()`, agreement: 0.3 } : null;
    },
  },
  {
    title: 'The bytes of the text',
    write: ({ text, from, to }) => {
      if (!isText(strip2(from))) return null;
      const bytes = (type: RustType) => isPath(type, 'u8');
      if (to.kind === 'ref' && to.of.kind === 'slice' && bytes(to.of.of))
        return { text: `${receiver(text)}.as_bytes()`, agreement: 0.9 };
      return isPath(to, 'Vec') && to.args[0] && bytes(to.args[0])
        ? { text: `${receiver(text)}.as_bytes().to_vec()`, agreement: 0.7 }
        : null;
    },
  },
  {
    title: 'Parse the text',
    write: ({ text, from, to, returns }) => {
      if (!isText(strip2(from)) || !(isNumber(to) || isPath(to, 'bool')) || to.kind !== 'path') return null;
      if (isPath(returns, 'Result')) return { text: `${receiver(text)}.parse::<${to.name}>()?`, agreement: 0.5 };
      return { text: `${receiver(text)}.parse::<${to.name}>().unwrap()`, agreement: 0.4, flags: ['invents'] };
    },
  },
  {
    title: 'The only character of the text',
    write: ({ text, from, to }) =>
      isText(strip2(from)) && isPath(to, 'char')
        ? { text: `${receiver(text)}.chars().next().unwrap()`, agreement: 0.3, flags: ['invents'] }
        : null,
  },
  {
    title: 'Convert',
    write: ({ text, from, to }) =>
      isText(strip2(from)) &&
      (isPath(to, 'PathBuf', 'OsString', 'Cow') || (isPath(to, 'Box', 'Rc', 'Arc') && convertsFromText(to.args[0])))
        ? { text: `${receiver(text)}.into()`, agreement: 0.9 }
        : null,
  },
];

/** `&&str` → `&str`; other types as they are. */
function strip2(type: RustType): RustType {
  return type.kind === 'ref' && (type.of.kind === 'ref' || isPath(type.of, 'String')) ? strip2(type.of) : type;
}

function convertsFromText(of: RustType | undefined): boolean {
  return of !== undefined && (isStr(of) || (of.kind === 'other' && of.text.includes('Error')));
}

/** One character of a string literal as it stands between single quotes; null for none or several. */
function charText(inner: string): string | null {
  if (inner === "'") return "\\'";
  if (inner === '\\"') return '"';
  if (/^\\(?:[nrt0\\]|x[0-7][0-9a-fA-F]|u\{[0-9a-fA-F]{1,6}\})$/.test(inner)) return inner;
  return [...inner].length === 1 && inner !== '\\' ? inner : null;
}
