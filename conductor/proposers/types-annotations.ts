// E0282, E0283, E0284: a type that nothing says. It is read from where the value goes: the result of the function, the
// method called on it, the number it is calculated with; and it is written on the binding, or on the call that makes it.
//
// let sum = xs.iter().sum(); sum / 2.0               before, in a function that returns f64
// let sum: f64 = xs.iter().sum(); sum / 2.0          after
//
// A type that does not fit is a type error, and the check says so: several are offered.
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { methodCall } from './support/expressions.ts';
import { enclosingFunction } from './support/functions.ts';
import { insertUse } from './support/imports.ts';
import { type Local, localAt, usesOf } from './support/locals.ts';
import { MUTATING } from './support/member-access.ts';
import { rust } from './support/rust.ts';
import { wordsIn } from './support/unresolved.ts';

/** Types offered for one place. */
const most = 6;
const NUMBERS = /^(?:[iu](?:8|16|32|64|128|size)|f32|f64)$/;
/** Methods whose result depends on a type that the caller says, with what they can make. */
const MAKERS: ReadonlyMap<string, 'number' | 'collection' | 'parsed' | 'any'> = new Map([
  ['sum', 'number'],
  ['product', 'number'],
  ['collect', 'collection'],
  ['parse', 'parsed'],
  ['into', 'any'],
]);

export const typesAnnotations: Proposer = {
  name: 'types-annotations',
  codes: ['E0282', 'E0283', 'E0284', 'E0790'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const maker = makerAt(source, source.range(span));
    if (maker === null) return [];
    const drafts: Draft[] = [];
    for (const { type, agreement } of typesFor(source, maker)) {
      const edits = maker.local === null ? turbofish(source, maker.call, type) : annotation(source, maker.local, type);
      const collection = /^(?:HashMap|HashSet|VecDeque|BTreeMap|BTreeSet)\b/.exec(type)?.[0];
      const missing = collection !== undefined && !wordsIn(source).has(collection);
      const use = missing ? insertUse(source, maker.call.startIndex, `std::collections::${collection}`) : null;
      if (edits !== null)
        drafts.push({
          title: `It is \`${type}\``,
          edits: [...(use === null ? [] : [use]), edits],
          features: { agreement },
        });
    }
    return sound(drafts, most);
  },
  examples: [
    {
      title: 'a sum that is divided',
      before: rust`
        pub fn mean(values: &[f64]) -> f64 {
            let sum = values.iter().sum();
            sum / values.len() as f64
        }
      `,
      after: rust`
        pub fn mean(values: &[f64]) -> f64 {
            let sum: f64 = values.iter().sum();
            sum / values.len() as f64
        }
      `,
      within: 1,
    },
    {
      title: 'a sum inside an expression',
      before: rust`
        pub fn mean(values: &[f64]) -> f64 {
            values.iter().sum() / values.len() as f64
        }
      `,
      after: rust`
        pub fn mean(values: &[f64]) -> f64 {
            values.iter().sum::<f64>() / values.len() as f64
        }
      `,
      within: 1,
    },
    {
      title: 'text is gathered and joined',
      before: rust`
        pub fn capitalised(word: &str) -> String {
            let mut chars = word.chars();
            match chars.next() {
                Some(c) => c.to_uppercase().collect() + chars.as_str(),
                None => String::new(),
            }
        }
      `,
      after: rust`
        pub fn capitalised(word: &str) -> String {
            let mut chars = word.chars();
            match chars.next() {
                Some(c) => c.to_uppercase().collect::<String>() + chars.as_str(),
                None => String::new(),
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a number is read and calculated with',
      before: rust`
        pub fn double(text: &str) -> i64 {
            let n = text.trim().parse().unwrap();
            if n > 10 {
                return 20;
            }
            n * 2
        }
      `,
      after: rust`
        pub fn double(text: &str) -> i64 {
            let n: i64 = text.trim().parse().unwrap();
            if n > 10 {
                return 20;
            }
            n * 2
        }
      `,
      within: 1,
    },
    {
      title: 'a vector that is gathered to be sorted',
      before: rust`
        pub fn third(values: &[u8]) -> u8 {
            let mut sorted = values.iter().copied().collect();
            sorted.sort();
            sorted[2]
        }
      `,
      after: rust`
        pub fn third(values: &[u8]) -> u8 {
            let mut sorted: Vec<_> = values.iter().copied().collect();
            sorted.sort();
            sorted[2]
        }
      `,
      within: 1,
    },
    {
      title: 'a map that is gathered to be asked, with its import',
      before: rust`
        pub fn known(pairs: Vec<(u8, u8)>, key: u8) -> bool {
            let map = pairs.into_iter().collect();
            map.contains_key(&key)
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn known(pairs: Vec<(u8, u8)>, key: u8) -> bool {
            let map: HashMap<_, _> = pairs.into_iter().collect();
            map.contains_key(&key)
        }
      `,
      within: 1,
    },
  ],
};

interface Maker {
  /** The call whose result is open. */
  readonly call: Node;
  readonly method: string;
  /** The binding that holds the result (or what `unwrap` and `?` give of it); null inside an expression. */
  readonly local: Local | null;
}

/** The open call at a span: the method named there, or the one that ends the value of the binding named there. */
function makerAt(source: SourceFile, range: { start: number; end: number }): Maker | null {
  const at = source.nodeAt(range);
  const named = at.type === 'field_identifier' ? enclosing(at, 'call_expression') : null;
  const let_ = enclosing(at, 'let_declaration');
  const value = let_?.childForFieldName('value') ?? null;
  const bound = let_?.childForFieldName('pattern') ?? null;
  const local =
    bound?.type === 'identifier' && range.start <= bound.startIndex && bound.endIndex <= range.end
      ? localAt(source, bound)
      : null;
  const call = named ?? (local === null ? null : innermostMaker(value));
  const method = methodCall(call)?.name.text ?? '';
  if (call === null || !MAKERS.has(method)) return null;
  if (call.childForFieldName('function')?.type === 'generic_function') return null;
  if (local !== null) return { call, method, local };
  const pattern = let_?.childForFieldName('pattern') ?? null;
  const whole =
    value !== null &&
    pattern?.type === 'identifier' &&
    let_?.childForFieldName('type') === null &&
    innermostMaker(value)?.equals(call);
  return { call, method, local: whole ? localAt(source, pattern) : null };
}

/** `x.parse().unwrap()`, `x.parse()?`: the call under what takes its value out. */
function innermostMaker(value: Node | null): Node | null {
  for (let node = value; node !== null; ) {
    if (node.type === 'try_expression') node = node.namedChild(0);
    else {
      const call = methodCall(node);
      if (call === null) return null;
      if (MAKERS.has(call.name.text)) return node;
      if (!/^(?:unwrap|expect|unwrap_or|unwrap_or_default|unwrap_or_else|ok)$/.test(call.name.text)) return null;
      node = call.receiver;
    }
  }
  return null;
}

function annotation(source: SourceFile, local: Local, type: string) {
  return local.type === null ? source.insert(local.node.endIndex, `: ${type}`) : null;
}

function turbofish(source: SourceFile, call: Node, type: string) {
  const name = methodCall(call)?.name;
  return name === undefined || name.text === 'into' ? null : source.insert(name.endIndex, `::<${type}>`);
}

interface Offer {
  readonly type: string;
  readonly agreement: number;
}

function typesFor(source: SourceFile, maker: Maker): Offer[] {
  const kind = MAKERS.get(maker.method) as string;
  const offers = new Map<string, number>();
  const offer = (type: string, agreement: number): void => {
    offers.set(type, Math.max(agreement, offers.get(type) ?? 0));
  };
  const fn = enclosingFunction(source, maker.call);
  const returns = fn?.returnType?.text ?? '';
  if (kind === 'number' || kind === 'parsed' || kind === 'any') {
    for (const [index, type] of numbersAround(source, maker).entries()) offer(type, Math.max(0.3, 1 - index * 0.15));
    if (kind === 'any') offer('String', 0.6);
    if (kind === 'parsed' && /\bbool\b/.test(returns)) offer('bool', 0.4);
  } else {
    for (const use of usesAround(source, maker)) {
      if (/^(?:push_str|as_str|to_uppercase|to_lowercase|trim|chars|parse|as_bytes|\+)$/.test(use)) offer('String', 1);
      else if (/^(?:contains_key|entry|keys|values|get_or_insert_with)$/.test(use)) offer('HashMap<_, _>', 0.8);
      else if (/^(?:union|intersection|difference|is_subset)$/.test(use)) offer('HashSet<_>', 0.8);
      else if (/^(?:push_back|pop_front|push_front|front|back)$/.test(use)) offer('VecDeque<_>', 0.8);
      else if (use === 'join' || use === 'sort' || use === 'push' || use === 'iter' || use === '[' || MUTATING.has(use))
        offer('Vec<_>', 0.9);
    }
    const result = /(Vec|String|HashMap|HashSet|BTreeMap|BTreeSet|VecDeque)(?:<.*>)?$/.exec(
      returns.replace(/^(?:Option|Result)<(.*?)(?:, [^<>]*)?>$/, '$1'),
    );
    if (result !== null && maker.local !== null) offer(result[0], 0.6);
    offer('Vec<_>', 0.6);
    offer('String', 0.4);
  }
  return [...offers].map(([type, agreement]) => ({ type, agreement })).sort((a, b) => b.agreement - a.agreement);
}

/** What is done with the value: methods called on it, operators around it, an index. */
function usesAround(source: SourceFile, maker: Maker): string[] {
  const nodes = maker.local === null ? [maker.call] : usesOf(source, maker.local);
  return nodes.flatMap((node) => {
    const parent = node.parent;
    if (parent?.type === 'field_expression') return [parent.childForFieldName('field')?.text ?? ''];
    if (parent?.type === 'index_expression') return ['['];
    if (parent?.type === 'binary_expression') return [parent.childForFieldName('operator')?.text ?? ''];
    return [];
  });
}

/** Numeric types near the value, the likeliest first: casts beside it, the function's result, its parameters. */
function numbersAround(source: SourceFile, maker: Maker): string[] {
  const found: string[] = [];
  const nodes = maker.local === null ? [maker.call] : usesOf(source, maker.local);
  for (const node of nodes) {
    let around: Node | null = node.parent;
    while (around?.type === 'parenthesized_expression') around = around.parent;
    if (around?.type !== 'binary_expression' && around?.type !== 'compound_assignment_expr') continue;
    for (const cast of around.descendantsOfType(['type_cast_expression'])) {
      const own = cast?.childForFieldName('value') ?? null;
      const inside = own !== null && own.startIndex <= node.startIndex && node.endIndex <= own.endIndex;
      if (!inside) found.push(cast?.childForFieldName('type')?.text ?? '');
    }
    if (around.descendantsOfType(['float_literal']).length > 0) found.push('f64');
  }
  const fn = enclosingFunction(source, maker.call);
  found.push(...(fn?.returnType?.text.match(/\w+/g) ?? []));
  for (const parameter of fn?.parameters ?? []) found.push(...(parameter.type.text.match(/\w+/g) ?? []));
  found.push('i32', 'f64', 'usize', 'u64', 'u32');
  return [...new Set(found.filter((type) => NUMBERS.test(type)))];
}
