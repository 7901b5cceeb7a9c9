// Rules from a type to a reference of it and back: borrow, dereference, drop a `&`, copy or clone out of one.
import type { Rule } from './conversions.ts';
import { methodCall, operand, receiver, referenced } from './expressions.ts';
import { derefs, isCopy, isPath, isStr, matches, type RustType } from './rust-type.ts';

export const referenceRules: readonly Rule[] = [
  {
    title: 'Borrow mutably instead',
    write: ({ node, from, to }) => {
      const value = referenced(node);
      return value !== null &&
        from.kind === 'ref' &&
        to.kind === 'ref' &&
        to.mutable &&
        !from.mutable &&
        derefs(from.of, to.of)
        ? `&mut ${value.text}`
        : null;
    },
  },
  {
    title: 'Remove the borrow',
    write: ({ node, from, to }) => {
      const value = referenced(node);
      return value !== null && from.kind === 'ref' && matches(from.of, to) ? { text: value.text, agreement: 1 } : null;
    },
  },
  {
    title: 'Borrow',
    write: ({ text, from, to }) =>
      to.kind === 'ref' &&
      !(from.kind === 'ref' && derefs(from.of, to.of) && from.mutable === to.mutable) &&
      derefs(from, to.of)
        ? { text: `&${to.mutable ? 'mut ' : ''}${operand(text)}`, agreement: 1 }
        : null,
  },
  {
    title: 'Dereference',
    write: ({ text, from, to, copies }) => {
      if (from.kind !== 'ref' || !copies(to)) return null;
      if (matches(from.of, to)) return { text: `*${operand(text)}`, agreement: 1 };
      const twice = from.of.kind === 'ref' && matches(from.of.of, to);
      return twice ? { text: `**${operand(text)}`, agreement: 1 } : null;
    },
  },
  {
    title: 'Dereference the smart pointer',
    write: ({ text, from, to }) => {
      if (isPath(from, 'Box') && from.args[0] && matches(from.args[0], to))
        return { text: `*${operand(text)}`, agreement: 1 };
      if (from.kind === 'ref' && isPath(from.of, 'Box') && from.of.args[0] && matches(from.of.args[0], to))
        return isCopy(to) ? { text: `**${operand(text)}`, agreement: 1 } : null;
      return null;
    },
  },
  {
    title: 'Clone',
    write: ({ text, from, to, copies }) => {
      if (copies(to) || to.kind === 'ref' || to.kind === 'slice' || isStr(to)) return null;
      const target = from.kind === 'ref' ? strip(from) : null;
      return target !== null && matches(target, to) ? { text: `${receiver(text)}.clone()`, agreement: 0.9 } : null;
    },
  },
  {
    title: 'Copy the slice into a vector',
    write: ({ text, from, to }) => {
      if (!isPath(to, 'Vec')) return null;
      const target = strip(from);
      const items = target.kind === 'slice' || target.kind === 'array' ? target.of : null;
      return items !== null && matches(items, to.args[0] ?? { kind: 'infer' })
        ? { text: `${receiver(text)}.to_vec()`, agreement: 0.9 }
        : null;
    },
  },
  {
    title: 'Borrow what the option holds',
    write: ({ text, from, to }) => {
      const held = isPath(strip(from), 'Option') ? strip(from) : null;
      if (held?.kind !== 'path' || !isPath(to, 'Option')) return null;
      const [a, b] = [held.args[0], to.args[0]];
      if (a === undefined || b?.kind !== 'ref' || a.kind === 'ref') return null;
      if (matches(a, b.of)) return { text: `${receiver(text)}.${b.mutable ? 'as_mut' : 'as_ref'}()`, agreement: 1 };
      return derefs(a, b.of)
        ? { text: `${receiver(text)}.${b.mutable ? 'as_deref_mut' : 'as_deref'}()`, agreement: 1 }
        : null;
    },
  },
  {
    title: 'Take the value out of the option',
    write: ({ text, from, to }) =>
      from.kind === 'ref' && from.mutable && isPath(to, 'Option') && matches(from.of, to)
        ? { text: `${receiver(text)}.take()`, agreement: 0.6 }
        : null,
  },
  {
    title: 'Copy what the option or iterator holds',
    write: ({ text, from, to }) => {
      if (!isPath(from, 'Option') || !isPath(to, 'Option')) return null;
      const [a, b] = [from.args[0], to.args[0]];
      if (a?.kind !== 'ref' || b === undefined || !matches(a.of, b)) return null;
      return { text: `${receiver(text)}.${isCopy(b) ? 'copied' : 'cloned'}()`, agreement: 1 };
    },
  },
  {
    title: 'Remove the clone',
    write: ({ node, from, to }) => {
      const call = methodCall(node);
      if (call === null || call.args.length > 0 || !['clone', 'to_owned', 'to_vec'].includes(call.name.text))
        return null;
      return to.kind === 'ref' && derefs(from, to.of)
        ? { text: `&${operand(call.receiver.text)}`, agreement: 0.6 }
        : null;
    },
  },
];

/** The type behind all references. */
export function strip(type: RustType): RustType {
  return type.kind === 'ref' ? strip(type.of) : type;
}
