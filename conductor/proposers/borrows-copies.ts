// E0502, E0499, E0506, E0505, E0597, E0716: a binding borrows for too long what is only looked at. The value is copied
// where the binding is made, and the borrow ends there.
//
// if let Some(last) = self.points.last() { self.points.push(last * 2.0) }               before
// if let Some(last) = self.points.last().copied() { self.points.push(last * 2.0) }      after
//
// Copies at the use, other orders and other scopes are borrows-scope's.
import type { Edit } from '../../schemas/types.ts';
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { borrowFacts, nodeOf, type Place } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { bindingWritten } from './support/effects.ts';
import { methodCall, operand, receiver } from './support/expressions.ts';
import { bindings, type Local, usesOf } from './support/locals.ts';
import { rust } from './support/rust.ts';

export const borrowsCopies: Proposer = {
  name: 'borrows-copies',
  codes: ['E0502', 'E0499', 'E0506', 'E0505', 'E0597', 'E0716'],
  propose(input) {
    const facts = borrowFacts(input);
    const places = [...facts.borrows, ...(facts.at === null ? [] : [facts.at])];
    return sound(places.flatMap((place) => copied(input, place)));
  },
  examples: [
    {
      title: 'a number out of an option that is looked into',
      before: rust`
        pub fn grow(points: &mut Vec<f64>) {
            if let Some(last) = points.last() {
                points.push(0.5);
                points.push(last * 2.0);
            }
        }
      `,
      after: rust`
        pub fn grow(points: &mut Vec<f64>) {
            if let Some(last) = points.last().copied() {
                points.push(0.5);
                points.push(last * 2.0);
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a text out of a map',
      before: rust`
        use std::collections::HashMap;

        pub fn rename(names: &mut HashMap<u8, String>) -> Option<String> {
            let old = names.get(&1)?;
            names.insert(2, String::new());
            Some(old.to_uppercase())
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn rename(names: &mut HashMap<u8, String>) -> Option<String> {
            let old = names.get(&1).cloned()?;
            names.insert(2, String::new());
            Some(old.to_uppercase())
        }
      `,
      within: 4,
    },
    {
      title: 'a key that is then removed',
      before: rust`
        use std::collections::HashMap;

        pub fn evict(used: &mut HashMap<String, u64>) {
            let oldest = used.iter().min_by_key(|(_, used)| **used).map(|(key, _)| key);
            if let Some(key) = oldest {
                used.remove(key);
            }
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn evict(used: &mut HashMap<String, u64>) {
            let oldest = used.iter().min_by_key(|(_, used)| **used).map(|(key, _)| key).cloned();
            if let Some(key) = oldest {
                used.remove(&key);
            }
        }
      `,
      within: 4,
    },
    {
      title: 'the keys of a map that then changes',
      before: rust`
        use std::collections::HashMap;

        pub fn clear_empty(stock: &mut HashMap<String, u32>) {
            let keys: Vec<_> = stock.iter().filter(|(_, n)| **n == 0).map(|(k, _)| k).collect();
            for key in keys {
                stock.insert(key.clone(), 1);
            }
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn clear_empty(stock: &mut HashMap<String, u32>) {
            let keys: Vec<_> = stock.iter().filter(|(_, n)| **n == 0).map(|(k, _)| k).cloned().collect();
            for key in keys {
                stock.insert(key.clone(), 1);
            }
        }
      `,
      within: 4,
    },
  ],
};

/** Calls that end a chain and give items: the copy comes before them. */
const GATHERS: ReadonlySet<string> = new Set(['collect']);
/** Calls that take a value out of an option: the option is copied first. */
const OPENS: ReadonlySet<string> = new Set([
  'unwrap',
  'expect',
  'unwrap_or',
  'unwrap_or_default',
  'unwrap_or_else',
  'ok_or',
  'ok_or_else',
]);
/** Calls that give an option of a reference or an iterator of references. */
const LENDS: ReadonlySet<string> = new Set([
  'get',
  'first',
  'last',
  'iter',
  'keys',
  'values',
  'max',
  'min',
  'next',
  'peek',
  'front',
  'back',
  'nth',
  'find',
  'map',
  'filter',
  'max_by_key',
  'min_by_key',
  'max_by',
  'min_by',
  'get_key_value',
  'as_ref',
  'rev',
  'skip',
  'take',
  'filter_map',
]);

function copied(input: ProposeInput, place: Place): Draft[] {
  const { source } = place;
  const holder = enclosing(nodeOf(place), 'let_declaration', 'let_condition', 'for_expression', 'match_expression');
  const value = holder?.childForFieldName('value') ?? null;
  if (holder === null || value === null || value.startIndex > place.range.start || value.endIndex < place.range.end)
    return [];
  // What is written through the binding would be written to the copy, and lost.
  if (bindingWritten(input, source, holder)) return [];
  const drafts: Draft[] = [];
  const add = (method: string, edit: Edit, agreement: number): void => {
    drafts.push({ title: `Copy it where it is bound (\`.${method}()\`)`, edits: [edit], features: { agreement } });
  };
  const lent = lending(value);
  if (lent !== null) {
    add('copied', source.insert(lent.endIndex, '.copied()'), 0.9);
    add('cloned', source.insert(lent.endIndex, '.cloned()'), 0.8);
  }
  drafts.push(...wholeValue(source, value));
  const carried = usesAsValues(source, holder);
  // What was a reference is a value now: uses that say so change together with the binding.
  return carried.length === 0
    ? drafts
    : drafts.flatMap((draft) => [{ ...draft, edits: [...draft.edits, ...carried] }, draft]);
}

/** Methods that ask for a reference to what they look up. */
const LOOKS_UP: ReadonlySet<string> = new Set([
  'remove',
  'get',
  'get_mut',
  'contains',
  'contains_key',
  'remove_entry',
  'take',
]);

/** `*k` as `k` and `remove(k)` as `remove(&k)`, for what the binding binds and what is matched out of it. */
function usesAsValues(source: SourceFile, holder: Node): Edit[] {
  const fn = enclosing(holder, 'function_item');
  const pattern = holder.childForFieldName('pattern');
  if (fn === null || pattern === null) return [];
  const edits: Edit[] = [];
  const inside = (local: Local): boolean =>
    pattern.startIndex <= local.node.startIndex && local.node.endIndex <= pattern.endIndex;
  const queue = bindings(source, fn).filter(inside);
  for (const local of queue.slice(0, 8)) {
    for (const use of usesOf(source, local)) {
      const parent = use.parent;
      const call = parent?.type === 'arguments' ? methodCall(parent.parent) : null;
      if (parent?.type === 'unary_expression' && parent.text.startsWith('*'))
        edits.push(source.edit(parent.startIndex, parent.endIndex, use.text));
      else if (call !== null && LOOKS_UP.has(call.name.text)) edits.push(source.insert(use.startIndex, '&'));
      else if (parent?.type === 'let_condition' && parent.childForFieldName('value')?.equals(use))
        edits.push(...usesAsValues(source, parent));
    }
  }
  return edits;
}

/** The call in a chain whose result is an option or iterator of references. */
function lending(value: Node): Node | null {
  for (let node: Node | null = value; node !== null; ) {
    if (node.type === 'try_expression') {
      node = node.namedChild(0);
      continue;
    }
    const call = methodCall(node);
    if (call === null) return null;
    if (OPENS.has(call.name.text) || GATHERS.has(call.name.text)) node = call.receiver;
    else if (['copied', 'cloned', 'clone', 'to_owned', 'to_string', 'to_vec'].includes(call.name.text)) return null;
    else return LENDS.has(call.name.text) ? node : null;
  }
  return null;
}

/** `&self.items[i]` and `self.name.as_str()` as a value of their own. */
function wholeValue(source: SourceFile, value: Node): Draft[] {
  const call = methodCall(value);
  const draft = (text: string, agreement: number): Draft => ({
    title: 'Copy it where it is bound',
    edits: [source.edit(value.startIndex, value.endIndex, text)],
    features: { agreement },
  });
  if (value.type === 'reference_expression' && !/^&\s*mut\b/.test(value.text)) {
    const inner = value.childForFieldName('value');
    if (inner === null) return [];
    return inner.type === 'index_expression' && inner.text.includes('..')
      ? [draft(`${receiver(inner.text)}.to_vec()`, 0.7), draft(`${receiver(inner.text)}.to_string()`, 0.5)]
      : [draft(`${operand(inner.text)}`, 0.6), draft(`${receiver(inner.text)}.clone()`, 0.7)];
  }
  if (call !== null && ['as_str', 'trim', 'as_slice', 'as_bytes'].includes(call.name.text) && call.args.length === 0)
    return [
      draft(
        `${value.text}.${call.name.text === 'as_slice' || call.name.text === 'as_bytes' ? 'to_vec' : 'to_string'}()`,
        0.7,
      ),
    ];
  return [];
}
