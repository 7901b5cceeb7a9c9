// E0308, E0368, E0599 where the value was bound under a name before: it is converted where it is bound, when every use of the name asks
// for that, and text that starts as a literal and is filled later is owned from the start.
//
// let shared = Rc::new(cell); … shared                   before, where Rc<RefCell<Cell>> is expected
// let shared = Rc::new(RefCell::new(cell)); … shared     after
//
// A conversion at the use is the other proposers'; this one stands behind it unless the name has one use alone.
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { convert, siteOf } from './support/conversions.ts';
import { sound } from './support/drafts.ts';
import { shortenExpression, wrappingCall } from './support/expressions.ts';
import { type Local, localAt, usesOf } from './support/locals.ts';
import { type Mismatch, mismatches, mismatchOf } from './support/mismatch.ts';
import { allRules } from './support/rules.ts';
import { rust } from './support/rust.ts';
import { isPath, isText, type RustType } from './support/rust-type.ts';

export const typesBound: Proposer = {
  name: 'types-bound',
  codes: ['E0308', 'E0368', 'E0599'],
  propose(input) {
    if (input.diagnostic.code !== 'E0308') return sound(filledLater(input));
    return sound(
      mismatches(input).flatMap((one) => [...ownedFromTheStart(input, one), ...atBinding(input, one)]),
      4,
    );
  },
  examples: [
    {
      title: 'a cell inside a counted pointer',
      before: rust`
        use std::cell::RefCell;
        use std::rc::Rc;

        pub struct Account {
            pub total: u32,
        }

        pub fn open(total: u32) -> Rc<RefCell<Account>> {
            let account = Rc::new(Account { total });
            account
        }
      `,
      after: rust`
        use std::cell::RefCell;
        use std::rc::Rc;

        pub struct Account {
            pub total: u32,
        }

        pub fn open(total: u32) -> Rc<RefCell<Account>> {
            let account = Rc::new(RefCell::new(Account { total }));
            account
        }
      `,
      within: 1,
    },
    {
      title: 'text that starts as a literal',
      before: rust`
        pub fn label(n: u32) -> String {
            let mut text = "none";
            if n > 10 {
                text = String::from("many");
            } else if n > 0 {
                text = n.to_string();
            }
            text
        }
      `,
      after: rust`
        pub fn label(n: u32) -> String {
            let mut text = "none".to_string();
            if n > 10 {
                text = String::from("many");
            } else if n > 0 {
                text = n.to_string();
            }
            text
        }
      `,
      within: 1,
    },
    {
      title: 'text that is added to',
      before: rust`
        pub fn marks(count: usize) -> String {
            let mut out = "";
            for _ in 0..count {
                out += "*";
            }
            out.to_string()
        }
      `,
      after: rust`
        pub fn marks(count: usize) -> String {
            let mut out = String::new();
            for _ in 0..count {
                out += "*";
            }
            out.to_string()
        }
      `,
      within: 1,
    },
  ],
};

/** The binding that a mismatched name was bound by, with its value. */
function bindingOf(one: Mismatch): (Local & { readonly value: Node }) | null {
  const local = one.node?.type === 'identifier' ? localAt(one.source, one.node) : null;
  if (local === null || !local.plain || local.value === null || local.declaration.type !== 'let_declaration')
    return null;
  return local.type === null ? { ...local, value: local.value } : null;
}

function atBinding(input: ProposeInput, one: Mismatch): Draft[] {
  const local = bindingOf(one);
  if (local === null) return [];
  const single = usesOf(one.source, local).length === 1;
  const made = [
    ...inside(input, one, local.value),
    ...convert(allRules, siteOf(allRules, input, mismatchOf(one.source, local.value, one.expected, one.found))),
  ];
  return made.slice(0, 2).map((conversion) => ({
    title: `${conversion.title} where \`${local.name}\` is bound: \`${shortenExpression(conversion.text)}\``,
    edits: [one.source.edit(local.value.startIndex, local.value.endIndex, conversion.text)],
    flags: conversion.flags ?? [],
    features: { agreement: (conversion.agreement ?? 0.5) * (single ? 0.9 : 0.5) },
  }));
}

interface Made {
  readonly title: string;
  readonly text: string;
  readonly agreement?: number;
  readonly flags?: Draft['flags'] & object;
}

/** `Rc::new(x)` for `Rc<RefCell<T>>`: what the outer wrapper holds is converted. */
function inside(input: ProposeInput, one: Mismatch, value: Node): Made[] {
  const call = wrappingCall(value);
  const [to, from] = [one.expected, one.found];
  if (call === null || to.kind !== 'path' || from.kind !== 'path' || to.name !== from.name) return [];
  const [wanted, held] = [to.args[0], from.args[0]];
  if (wanted === undefined || held === undefined || !isWrapper(to)) return [];
  const site = siteOf(allRules, input, mismatchOf(one.source, call.inner, wanted, held));
  return convert(allRules, site).map((conversion) => ({ ...conversion, text: `${call.callee}(${conversion.text})` }));
}

const isWrapper = (type: RustType): boolean =>
  isPath(type, 'Rc', 'Arc', 'Box', 'Option', 'RefCell', 'Mutex', 'Some', 'Cell', 'RwLock');

/** `let mut text = "";` that a `String` is put into later: the literal is owned, and what is put into it beside. */
function ownedFromTheStart(input: ProposeInput, one: Mismatch): Draft[] {
  const target = assignedTo(one) ?? (one.node?.type === 'identifier' ? localAt(one.source, one.node) : null);
  const texts = isText(one.expected) && isText(one.found) && one.expected.kind !== one.found.kind;
  return target === null || !texts ? [] : startsOwned(input, one.source, target);
}

/** The binding with an owned literal, and what is put into it beside. */
function startsOwned(input: ProposeInput, source: SourceFile, target: Local): Draft[] {
  const { value } = target;
  const block = enclosing(target.declaration, 'block');
  if (!target.plain || target.declaration.type !== 'let_declaration' || value?.type !== 'string_literal') return [];
  if (block === null || (target.type !== null && target.type.text !== '&str')) return [];
  const edits = [source.edit(value.startIndex, value.endIndex, owned(value.text))];
  if (target.type !== null) edits.push(source.edit(target.type.startIndex, target.type.endIndex, 'String'));
  for (const node of descendants(block, 'assignment_expression')) {
    const [left, right] = [node.childForFieldName('left'), node.childForFieldName('right')];
    if (left?.type !== 'identifier' || right?.type !== 'string_literal') continue;
    if (localAt(source, left)?.node.equals(target.node))
      edits.push(source.edit(right.startIndex, right.endIndex, owned(right.text)));
  }
  const alike = input.errors.filter((error) => error.code === input.diagnostic.code).length;
  return [
    {
      title: `\`${target.name}\` owns its text`,
      edits,
      features: { agreement: 1, repeats: Math.max(edits.length, Math.min(alike, 4)) },
    },
  ];
}

/** E0368 and E0599: `text += …` and `text.push_str(…)` on text that a literal was bound to. */
function filledLater(input: ProposeInput): Draft[] {
  const { diagnostic } = input;
  const span = diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  const onText =
    diagnostic.code === 'E0368'
      ? /cannot be applied to type `&(?:'static )?str`/.test(diagnostic.message)
      : /^no method named `(?:push|push_str|insert|insert_str|pop|clear|remove|truncate)` found for reference `&(?:'static )?str`/.test(
          diagnostic.message,
        );
  if (span === undefined || source === null || !onText) return [];
  const at = source.nodeAt(source.range(span));
  const target =
    diagnostic.code === 'E0368'
      ? (enclosing(at, 'compound_assignment_expr')?.childForFieldName('left') ?? null)
      : (enclosing(at, 'field_expression')?.childForFieldName('value') ?? null);
  const local = target?.type === 'identifier' ? localAt(source, target) : null;
  return local === null ? [] : startsOwned(input, source, local);
}

function assignedTo(one: Mismatch): Local | null {
  const parent = one.node?.parent;
  const left = parent?.type === 'assignment_expression' ? parent.childForFieldName('left') : null;
  return left?.type === 'identifier' && one.node !== null && !left.equals(one.node) ? localAt(one.source, left) : null;
}

const owned = (text: string): string => (text === '""' ? 'String::new()' : `${text}.to_string()`);
