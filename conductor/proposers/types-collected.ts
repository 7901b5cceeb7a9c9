// E0277 of `collect`, `sum` and `product`: the items are not of the type that is gathered. Each is converted before it
// is, or the collection is used up instead of borrowed; a function that gathers and says no result gets one.
//
// let names: Vec<String> = text.split(',').collect();                        before
// let names: Vec<String> = text.split(',').map(|x| x.to_string()).collect(); after
//
// Items that merely are references are types-iterators'.
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { placeOf } from './support/borrow-facts.ts';
import { siteOf } from './support/conversions.ts';
import { sound } from './support/drafts.ts';
import { methodCall, receiver, shortenExpression } from './support/expressions.ts';
import { functionOf } from './support/functions.ts';
import { quotedParts } from './support/mismatch.ts';
import { strip } from './support/references.ts';
import { allRules } from './support/rules.ts';
import { rust } from './support/rust.ts';
import { isCopy, isPath, isStr, isUnit, matches, parseType, type RustType, writeType } from './support/rust-type.ts';
import { isTail } from './support/statements.ts';

export const typesCollected: Proposer = {
  name: 'types-collected',
  codes: ['E0277'],
  propose(input) {
    const [whole, item] = quotedParts(input.diagnostic.message);
    if (whole === undefined || item === undefined || !/cannot be (?:built|made)/.test(input.diagnostic.message))
      return [];
    const [to, from] = [parseType(whole), parseType(item)];
    if (to === null || from === null) return [];
    return sound(
      input.diagnostic.spans
        .filter((span) => span.primary)
        .flatMap((span) => placeOf(input, span))
        .flatMap(({ source, range }) => {
          const call = gatheringCall(source.nodeAt(range));
          return call === null
            ? []
            : isUnit(to)
              ? withResult(source, call, from)
              : converted(input, source, call, from, to);
        }),
    );
  },
  examples: [
    {
      title: 'text into strings',
      before: rust`
        pub fn names(text: &str) -> Vec<String> {
            text.split(',').collect()
        }
      `,
      after: rust`
        pub fn names(text: &str) -> Vec<String> {
            text.split(',').map(|x| x.to_string()).collect()
        }
      `,
      within: 1,
    },
    {
      title: 'a map is used up',
      before: rust`
        use std::collections::HashMap;

        pub fn pairs(counts: HashMap<String, usize>) -> Vec<(String, usize)> {
            let mut pairs: Vec<(String, usize)> = counts.iter().collect();
            pairs.sort();
            pairs
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn pairs(counts: HashMap<String, usize>) -> Vec<(String, usize)> {
            let mut pairs: Vec<(String, usize)> = counts.into_iter().collect();
            pairs.sort();
            pairs
        }
      `,
      within: 1,
    },
    {
      title: 'copies of what a borrowed map holds',
      before: rust`
        use std::collections::HashMap;

        pub fn pairs(counts: &HashMap<String, usize>) -> Vec<(String, usize)> {
            counts.iter().collect()
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn pairs(counts: &HashMap<String, usize>) -> Vec<(String, usize)> {
            counts.iter().map(|(a, b)| (a.clone(), *b)).collect()
        }
      `,
      within: 2,
    },
    {
      title: 'a function that gathers and says no result',
      before: rust`
        pub fn squares(n: u32) {
            (0..n).map(|x| x * x).collect()
        }
      `,
      after: rust`
        pub fn squares(n: u32) -> Vec<u32> {
            (0..n).map(|x| x * x).collect()
        }
      `,
      within: 1,
    },
    {
      title: 'a reference to a field, out of the closure',
      before: rust`
        pub struct Item {
            pub name: String,
        }

        pub fn names(items: &[Item]) -> Vec<&str> {
            items.iter().map(|item| item.name).collect()
        }
      `,
      after: rust`
        pub struct Item {
            pub name: String,
        }

        pub fn names(items: &[Item]) -> Vec<&str> {
            items.iter().map(|item| item.name.as_str()).collect()
        }
      `,
      within: 3,
    },
    {
      title: 'a sum of other numbers',
      before: rust`
        pub fn total(values: &[u32]) -> u64 {
            values.iter().sum()
        }
      `,
      after: rust`
        pub fn total(values: &[u32]) -> u64 {
            values.iter().map(|x| *x as u64).sum()
        }
      `,
      within: 1,
    },
  ],
};

function gatheringCall(at: Node): ReturnType<typeof methodCall> {
  for (let node: Node | null = at; node !== null && node.type !== 'block'; node = node.parent) {
    const call = methodCall(node);
    if (call !== null) return ['collect', 'sum', 'product'].includes(call.name.text) ? call : null;
  }
  return null;
}

type Gathering = NonNullable<ReturnType<typeof methodCall>>;

function withResult(source: SourceFile, call: Gathering, from: RustType): Draft[] {
  const fn = functionOf(source, enclosing(call.node, 'function_item', 'closure_expression'));
  const list = fn?.node.childForFieldName('parameters');
  const item = writeType(from);
  if (fn === null || !list || fn.returnType !== null || item === null || !isTail(call.node)) return [];
  const types =
    call.name.text !== 'collect'
      ? [item]
      : [`Vec<${item}>`, ...(isPath(from, 'char', 'String', 'str') ? ['String'] : [])];
  return types
    .filter(
      (type) =>
        !/&(?!')/.test(type) || fn.self !== null || fn.parameters.some((one) => one.type.type === 'reference_type'),
    )
    .map((type) => ({
      title: `\`${fn.name}\` returns \`${type}\``,
      edits: [source.insert(list.endIndex, ` -> ${type}`)],
      features: { agreement: 0.9 },
    }));
}

function converted(input: ProposeInput, source: SourceFile, call: Gathering, from: RustType, to: RustType): Draft[] {
  const sums = call.name.text !== 'collect';
  const wanted = sums ? to : itemOf(to);
  if (wanted === null) return [];
  const drafts: Draft[] = [];
  const lent = methodCall(call.receiver);
  if (lent?.name.text === 'iter' && matches(owned(from), wanted))
    drafts.push({
      title: 'Use it up (`into_iter`)',
      edits: [source.edit(lent.name.startIndex, lent.name.endIndex, 'into_iter')],
      features: { agreement: 0.8 },
    });
  const map = (closure: string, agreement: number): void => {
    drafts.push({
      title: `Convert each item (\`${closure}\`)`,
      edits: [source.insert(call.receiver.endIndex, `.map(${closure})`)],
      features: { agreement },
    });
  };
  if (from.kind === 'tuple' && wanted.kind === 'tuple' && from.items.length === wanted.items.length) {
    const names = 'abcdefgh'.slice(0, from.items.length).split('');
    const values = names.map((name, index) =>
      itemAs(input, source, call, name, from.items[index] as RustType, wanted.items[index] as RustType),
    );
    if (!values.includes(null)) map(`|(${names.join(', ')})| (${values.join(', ')})`, 0.9);
  } else {
    // A reference to what a closure owns does not leave it: the closure before gives one to what it was given.
    const body = mappedBody(call);
    // A closure's result is not coerced: `&name` stays a `&String`.
    const asStr = wanted.kind === 'ref' && isStr(wanted.of) && isPath(from, 'String');
    const inside =
      body === null
        ? null
        : asStr
          ? `${receiver(body.text)}.as_str()`
          : itemAs(input, source, call, body.text, from, wanted);
    if (body !== null && inside !== null && inside !== body.text)
      drafts.push({
        title: `Convert in the closure: \`${shortenExpression(inside)}\``,
        edits: [source.edit(body.startIndex, body.endIndex, inside)],
        features: { agreement: wanted.kind === 'ref' ? 0.9 : 0.7 },
      });
    const value = wanted.kind === 'ref' && from.kind !== 'ref' ? null : itemAs(input, source, call, 'x', from, wanted);
    if (value !== null && value !== 'x') map(`|x| ${value}`, 0.9);
  }
  return drafts;
}

/** The expression that the closure of a `.map(…)` right before gives. */
function mappedBody(call: Gathering): Node | null {
  const before = methodCall(call.receiver);
  const closure = before?.name.text === 'map' ? before.args[0] : undefined;
  const body = closure?.type === 'closure_expression' ? closure.childForFieldName('body') : null;
  return body?.type === 'block' ? null : body;
}

function itemAs(
  input: ProposeInput,
  source: SourceFile,
  call: Gathering,
  name: string,
  from: RustType,
  to: RustType,
): string | null {
  if (matches(from, to)) return name;
  if (from.kind === 'ref' && matches(from.of, to)) return isCopy(to) ? `*${name}` : `${name}.clone()`;
  const range = { start: call.node.startIndex, end: call.node.endIndex };
  const site = siteOf(allRules, input, { source, range, node: call.node, text: name, expected: to, found: from });
  return site.inner(name, from, to);
}

/** What a collection holds: pairs in a map, characters or text in a string. */
function itemOf(type: RustType): RustType | null {
  const bare = strip(type);
  if (bare.kind !== 'path') return null;
  if (isPath(bare, 'HashMap', 'BTreeMap'))
    return bare.args.length < 2 ? null : { kind: 'tuple', items: bare.args.slice(0, 2) };
  if (isPath(bare, 'String')) return bare;
  return bare.args[0] ?? null;
}

/** The type without the references that `iter` puts around what it lends. */
function owned(type: RustType): RustType {
  if (type.kind === 'tuple') return { kind: 'tuple', items: type.items.map(owned) };
  return type.kind === 'ref' ? type.of : type;
}
