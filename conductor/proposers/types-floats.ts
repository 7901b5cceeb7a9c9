// E0277, E0599 about floats that have no whole order: sorting, `max`, `min` and `cmp` of them; and E0277 of derives that
// they cannot have.
//
// values.sort();                             before, for Vec<f64>
// values.sort_by(|a, b| a.total_cmp(b));     after
//
// `total_cmp` and not `partial_cmp(…).unwrap()`: it takes no value for granted.
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments, methodCall, operand, referenced } from './support/expressions.ts';
import { mismatches } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { isPath } from './support/rust-type.ts';

export const typesFloats: Proposer = {
  name: 'types-floats',
  codes: ['E0277', 'E0599', 'E0308'],
  propose(input) {
    const wanted = input.diagnostic.code === 'E0308' ? ordered(input) : [];
    if (wanted.length > 0) return sound(wanted);
    if (!/`(?:&?f64|&?f32|\{float\})(?::|`)/.test(`${input.diagnostic.message} ${input.diagnostic.rendered}`))
      return [];
    const edits = new Map<string, Edit>();
    let title = '';
    for (const error of [input.diagnostic, ...input.errors]) {
      if (error.code !== input.diagnostic.code) continue;
      const span = error.spans.find((one) => one.primary);
      const source = span === undefined ? null : input.source(span.file);
      if (span === undefined || source === null) continue;
      const at = source.nodeAt(source.range(span));
      const one = ofCall(source, at) ?? derived(source, at, error.message);
      if (one === null) continue;
      if (title === '') title = one.title;
      for (const edit of one.edits) edits.set(`${edit.file}:${edit.start}`, edit);
      if (error === input.diagnostic && edits.size === 0) return [];
    }
    const drafts: Draft[] = [];
    if (edits.size > 0) drafts.push({ title, edits: [...edits.values()], features: { agreement: 1 } });
    return sound(drafts);
  },
  examples: [
    {
      title: 'sorting',
      before: rust`
        pub fn median(values: &[f64]) -> f64 {
            let mut sorted = values.to_vec();
            sorted.sort();
            sorted[sorted.len() / 2]
        }
      `,
      after: rust`
        pub fn median(values: &[f64]) -> f64 {
            let mut sorted = values.to_vec();
            sorted.sort_by(|a, b| a.total_cmp(b));
            sorted[sorted.len() / 2]
        }
      `,
      within: 1,
    },
    {
      title: 'the largest',
      before: rust`
        pub fn largest(values: &[f64]) -> Option<f64> {
            values.iter().copied().max()
        }
      `,
      after: rust`
        pub fn largest(values: &[f64]) -> Option<f64> {
            values.iter().copied().max_by(|a, b| a.total_cmp(b))
        }
      `,
      within: 1,
    },
    {
      title: 'comparing two of them',
      before: rust`
        pub struct Item {
            pub price: f64,
        }

        pub fn cheapest_first(items: &mut Vec<Item>) {
            items.sort_by(|a, b| a.price.cmp(&b.price));
        }
      `,
      after: rust`
        pub struct Item {
            pub price: f64,
        }

        pub fn cheapest_first(items: &mut Vec<Item>) {
            items.sort_by(|a, b| a.price.total_cmp(&b.price));
        }
      `,
      within: 1,
    },
    {
      title: 'a key that is a float',
      before: rust`
        pub struct Item {
            pub price: f64,
        }

        pub fn cheapest_first(items: &mut Vec<Item>) {
            items.sort_by_key(|item| item.price);
        }
      `,
      after: rust`
        pub struct Item {
            pub price: f64,
        }

        pub fn cheapest_first(items: &mut Vec<Item>) {
            items.sort_by(|a, b| a.price.total_cmp(&b.price));
        }
      `,
      within: 1,
    },
    {
      title: 'a derive that floats do not have',
      before: rust`
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Point {
            pub x: f64,
            pub y: f64,
        }
      `,
      after: rust`
        #[derive(Debug, Clone, PartialEq)]
        pub struct Point {
            pub x: f64,
            pub y: f64,
        }
      `,
      within: 1,
    },
  ],
};

/** "expected `Ordering`, found `Option<Ordering>`": `partial_cmp` where the floats are to be in one order. */
function ordered(input: ProposeInput): Draft[] {
  return mismatches(input).flatMap(({ source, node, expected, found }): Draft[] => {
    const call = methodCall(node);
    if (!isPath(expected, 'Ordering') || !isPath(found, 'Option') || call?.name.text !== 'partial_cmp') return [];
    return [
      {
        title: 'Compare with `total_cmp`',
        edits: [source.edit(call.name.startIndex, call.name.endIndex, 'total_cmp')],
        features: { agreement: 1 },
      },
    ];
  });
}

interface Change {
  readonly title: string;
  readonly edits: readonly Edit[];
}

const BY: ReadonlyMap<string, string> = new Map([
  ['sort', 'sort_by'],
  ['sort_unstable', 'sort_unstable_by'],
  ['max', 'max_by'],
  ['min', 'min_by'],
]);
const BY_KEY: ReadonlyMap<string, string> = new Map([
  ['sort_by_key', 'sort_by'],
  ['sort_unstable_by_key', 'sort_unstable_by'],
  ['max_by_key', 'max_by'],
  ['min_by_key', 'min_by'],
]);

function ofCall(source: SourceFile, at: Node): Change | null {
  let node = enclosing(at, 'call_expression');
  // A span on the receiver or an argument belongs to the call around it.
  for (; node !== null; node = enclosing(node.parent, 'call_expression')) {
    const call = methodCall(node);
    const name = call?.name.text ?? '';
    if (call === null) continue;
    if (BY.has(name) && call.args.length === 0) {
      const text = `${BY.get(name)}(|a, b| a.total_cmp(b))`;
      return { title: 'Compare with `total_cmp`', edits: [source.edit(call.name.startIndex, node.endIndex, text)] };
    }
    if (BY_KEY.has(name) && call.args.length === 1) {
      const text = byKey(call.args[0] as Node);
      if (text === null) return null;
      const edit = source.edit(call.name.startIndex, node.endIndex, `${BY_KEY.get(name)}(${text})`);
      return { title: 'Compare the keys with `total_cmp`', edits: [edit] };
    }
    if (name === 'cmp' && call.args.length === 1) {
      const [argument] = callArguments(node);
      const value =
        argument !== undefined && referenced(argument) === null && argument.type !== 'identifier'
          ? [source.insert(argument.startIndex, '&')]
          : [];
      return {
        title: 'Compare with `total_cmp`',
        edits: [source.edit(call.name.startIndex, call.name.endIndex, 'total_cmp'), ...value],
      };
    }
  }
  return null;
}

/** `|item| item.price` as `|a, b| a.price.total_cmp(&b.price)`; null for other keys. */
function byKey(closure: Node): string | null {
  const parameters = closure.childForFieldName('parameters');
  const body = closure.childForFieldName('body');
  const name = parameters?.namedChildCount === 1 ? parameters.namedChild(0) : null;
  if (closure.type !== 'closure_expression' || body === null || name?.type !== 'identifier') return null;
  const of = (as: string): string => {
    let text = body.text;
    const uses = descendants(body, 'identifier').filter((node) => node.text === name.text);
    for (const use of uses.reverse()) {
      const start = use.startIndex - body.startIndex;
      text = text.slice(0, start) + as + text.slice(start + name.text.length);
    }
    return text;
  };
  return `|a, b| ${operand(of('a'))}.total_cmp(&${operand(of('b'))})`;
}

/** `Eq`, `Ord` or `Hash` in the derive list of a type that holds floats: they go, and what needs them. */
function derived(source: SourceFile, at: Node, message: string): Change | null {
  // The span goes through the macro: it is that of the trait's name in the derive list.
  let item = enclosing(at, 'struct_item', 'enum_item') ?? enclosing(at, 'attribute_item');
  while (item?.type === 'attribute_item') item = item.nextNamedSibling;
  if (item === null || !/`f(?:32|64)(?::|`)/.test(message)) return null;
  const gone = new Set(['Eq', 'Ord', 'Hash']);
  const edits: Edit[] = [];
  for (let above = item.previousNamedSibling; above?.type === 'attribute_item'; above = above.previousNamedSibling) {
    const list = above.namedChild(0)?.childForFieldName('arguments');
    if (above.namedChild(0)?.namedChild(0)?.text !== 'derive' || !list) continue;
    const names = descendants(list, 'identifier').map((node) => node.text);
    const kept = names.filter((name) => !gone.has(name));
    if (kept.length === names.length || kept.length === 0) continue;
    edits.push(source.edit(list.startIndex, list.endIndex, `(${kept.join(', ')})`));
  }
  return edits.length === 0 ? null : { title: 'Derive only what floats have', edits };
}
