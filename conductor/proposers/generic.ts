// Small blind edits where the compiler points, behind all other proposers: what no class of mistakes names still has a
// chance. It knows nothing of the error but its place, so that every draft is marked as unlikely.
//
//     takes(value)    →    takes(&value), takes(*value), takes(value.clone()), takes(value?), takes(Some(value)), …
//
// Cheapest first: one token, then a wrapped expression, then two that change places, then a line that moves. Where the
// text does not parse, tokens come, go and change places around the error, as far as the grammar says that it helps.
import { enclosing, type Node, type SourceFile, type TextRange } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments, exactNode, methodCall, operand, rangeOf, receiver } from './support/expressions.ts';
import { Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { moveStatement, statementIn, statementOf, statementsOf } from './support/statements.ts';
import { syntaxPlace } from './support/syntax.ts';

/** Drafts in all: beyond them a blind edit costs more than it finds. */
const most = 40;
/** Codes whose repair is a name, an item or a member that is not there: no edit of the tokens at hand makes one. */
const HOPELESS: ReadonlySet<string> = new Set(
  (
    'E0004 E0005 E0023 E0026 E0027 E0040 E0046 E0053 E0063 E0106 E0107 E0117 E0119 E0124 E0185 E0186 E0201 E0204 E0220 ' +
    'E0252 E0255 E0261 E0263 E0403 E0404 E0405 E0407 E0408 E0412 E0415 E0416 E0422 E0423 E0424 E0425 E0428 E0432 E0433 ' +
    'E0437 E0438 E0531 E0532 E0533 E0559 E0560 E0574 E0576 E0592 E0601 E0603 E0616 E0624 E0658 E0679 E0726 E0732'
  ).split(' '),
);
/** Spans whose expressions are tried: the primary ones and the first labels. */
const mostSpans = 3;

export const generic: Proposer = {
  name: 'generic',
  codes: 'any',
  blind: true,
  propose(input) {
    if (input.diagnostic.code !== null && HOPELESS.has(input.diagnostic.code)) return [];
    const drafts = input.diagnostic.class === 'syntax' ? tokenEdits(input) : expressionEdits(input);
    return sound(drafts, most).map((draft) => ({
      ...draft,
      flags: [...new Set([...(draft.flags ?? []), 'unlikely' as const])],
    }));
  },
  examples: [
    {
      title: 'a borrow',
      before: rust`
        fn total(values: &[i32]) -> i32 {
            values.iter().sum()
        }

        pub fn twice(values: Vec<i32>) -> i32 {
            total(values) * 2
        }
      `,
      after: rust`
        fn total(values: &[i32]) -> i32 {
            values.iter().sum()
        }

        pub fn twice(values: Vec<i32>) -> i32 {
            total(&values) * 2
        }
      `,
      within: 1,
    },
    {
      title: 'two arguments change places',
      before: rust`
        fn repeat(text: &str, times: usize) -> String {
            text.repeat(times)
        }

        pub fn line() -> String {
            repeat(8, "-")
        }
      `,
      after: rust`
        fn repeat(text: &str, times: usize) -> String {
            text.repeat(times)
        }

        pub fn line() -> String {
            repeat("-", 8)
        }
      `,
      within: 40,
    },
    {
      title: 'a token too many',
      before: rust`
        pub fn add(a: i32, b: i32) -> -> i32 {
            a + b
        }
      `,
      after: rust`
        pub fn add(a: i32, b: i32) -> i32 {
            a + b
        }
      `,
      within: 40,
    },
  ],
};

/** `_` stands for the expression. */
const WRAPPERS: readonly string[] = [
  '_.clone()',
  '_?',
  'Some(_)',
  'Ok(_)',
  '_.iter()',
  '_ as usize',
  '_.to_string()',
  '_.as_str()',
  '_.as_ref()',
  'Box::new(_)',
  '_.into()',
  '_.into_iter()',
  '_.len()',
  '_ as f64',
  '_ as i32',
  '_.collect::<Vec<_>>()',
];

function expressionEdits(input: ProposeInput): Draft[] {
  const spans = [...input.diagnostic.spans].sort((a, b) => Number(b.primary) - Number(a.primary)).slice(0, mostSpans);
  const perSpan = spans.flatMap((span) => {
    const source = input.source(span.file);
    if (source === null || span.expansion) return [];
    const range = source.range(span);
    const node = exactNode(source, range);
    return [
      node === null || !isExpression(node)
        ? aroundTokens(source, range)
        : [...touched(source, node), ...aroundTokens(source, range)],
    ];
  });
  // Round robin: the first idea at every place, then the second.
  const drafts: Draft[] = [];
  const longest = Math.max(0, ...perSpan.map((list) => list.length));
  for (let index = 0; index < longest; index++) {
    for (const list of perSpan) {
      const draft = list[index];
      if (draft !== undefined) drafts.push(draft);
    }
  }
  return drafts;
}

function isExpression(node: Node): boolean {
  return (
    /_expression$|_literal$|^(?:identifier|self|scoped_identifier|macro_invocation)$/.test(node.type) && !declares(node)
  );
}

/** An identifier that is a pattern or a name, not a value. */
function declares(node: Node): boolean {
  const parent = node.parent;
  return (
    parent !== null &&
    (/_pattern$|_item$|^(?:parameter|closure_parameters|field_declaration|enum_variant)$/.test(parent.type) ||
      parent.childForFieldName('pattern')?.id === node.id)
  );
}

function touched(source: SourceFile, node: Node): Draft[] {
  const drafts: Draft[] = [];
  const text = node.text;
  const range = rangeOf(node);
  const put = (title: string, now: string): void => {
    drafts.push({ title, edits: [source.edit(range.start, range.end, now)] });
  };
  const inner =
    node.type === 'reference_expression'
      ? node.childForFieldName('value')
      : node.type === 'unary_expression'
        ? node.namedChild(0)
        : null;
  if (inner !== null) put(`Without \`${text.slice(0, inner.startIndex - node.startIndex).trim()}\``, inner.text);
  put('Borrow it', `&${operand(text)}`);
  put('Dereference it', `*${operand(text)}`);
  put(
    'Borrow it mutably',
    `&mut ${operand(inner !== null && node.type === 'reference_expression' ? inner.text : text)}`,
  );
  drafts.push(...swapped(source, node));
  if (node.type === 'try_expression') put('Without `?`', text.slice(0, -1));
  const call = methodCall(node);
  if (call !== null && call.args.length === 0) put(`Without \`.${call.name.text}()\``, call.receiver.text);
  for (const wrapper of WRAPPERS) {
    const value =
      wrapper.startsWith('_.') || wrapper === '_?' ? receiver(text) : wrapper.startsWith('_ as') ? operand(text) : text;
    put(
      `\`${wrapper}\``,
      wrapper.replace('_', () => value),
    );
  }
  drafts.push(...moved(source, node));
  const statement = statementOf(node);
  if (statement?.equals(node) && !text.endsWith(';')) {
    put('End it with `;`', `${text};`);
    put('Return it', `return ${text};`);
  }
  return drafts;
}

/** Neighbours in an argument list, or the two sides of an operator, change places. */
function swapped(source: SourceFile, node: Node): Draft[] {
  const call = enclosing(node, 'call_expression');
  const args = call === null ? [] : callArguments(call);
  const drafts: Draft[] = [];
  for (let index = 0; index + 1 < args.length && index < 4; index++) {
    const [a, b] = [args[index] as Node, args[index + 1] as Node];
    drafts.push({
      title: 'Swap two arguments',
      edits: [source.edit(a.startIndex, a.endIndex, b.text), source.edit(b.startIndex, b.endIndex, a.text)],
    });
  }
  if (node.type === 'binary_expression') {
    const [a, b] = [node.childForFieldName('left'), node.childForFieldName('right')];
    if (a && b)
      drafts.push({
        title: 'Swap the operands',
        edits: [source.edit(a.startIndex, a.endIndex, b.text), source.edit(b.startIndex, b.endIndex, a.text)],
      });
  }
  return drafts;
}

/** The statement goes one up or one down. */
function moved(source: SourceFile, node: Node): Draft[] {
  const statement = statementOf(node);
  const block = statement?.parent ?? null;
  if (statement === null || block === null) return [];
  const all = statementsOf(block);
  const index = all.findIndex((one) => one.equals(statementIn(block, node) as Node));
  const drafts: Draft[] = [];
  const [before, after] = [all[index - 1], all[index + 1]];
  const up = before === undefined ? null : moveStatement(source, statement, before, 'before');
  const down = after === undefined ? null : moveStatement(source, statement, after, 'after');
  if (up !== null) drafts.push({ title: 'Move the statement up', edits: up });
  if (down !== null) drafts.push({ title: 'Move the statement down', edits: down });
  return drafts;
}

/** What can be put before a name that is declared, or a place without an expression. */
function aroundTokens(source: SourceFile, range: TextRange): Draft[] {
  const node = source.nodeAt(range);
  const drafts: Draft[] = [];
  const insert = (title: string, at: number, text: string): void => {
    drafts.push({ title, edits: [source.insert(at, text)] });
  };
  if (node.type === 'identifier' && declares(node)) insert('Make it mutable', range.start, 'mut ');
  if (
    /type|reference/.test(node.type) &&
    enclosing(node, 'parameter', 'field_declaration', 'function_item') !== null &&
    !node.type.endsWith('_expression')
  ) {
    insert('A reference', range.start, '&');
    drafts.push({ title: 'A box', edits: [source.edit(range.start, range.end, `Box<${source.slice(range)}>`)] });
    drafts.push({ title: 'An option', edits: [source.edit(range.start, range.end, `Option<${source.slice(range)}>`)] });
    if (node.type === 'reference_type') {
      const inner = node.childForFieldName('type');
      if (inner) drafts.push({ title: 'No reference', edits: [source.edit(range.start, range.end, inner.text)] });
    }
  }
  return drafts;
}

/** Tokens around a syntax error come, go and change places. */
function tokenEdits(input: ProposeInput): Draft[] {
  const place = syntaxPlace(input);
  if (place === null) return [];
  const { file, tokens, index } = place;
  const repairs = new Repairs(file);
  for (let at = Math.max(0, index - 2); at <= Math.min(tokens.length - 1, index + 2); at++) {
    const token = tokens[at];
    if (token === undefined) continue;
    const off = Math.abs(at - index);
    const next = tokens[at + 1];
    const end = next !== undefined && next.line === token.line ? next.start : token.end;
    if (!['ident', 'string', 'number', 'char'].includes(token.kind))
      repairs.remove(3 + off, `remove \`${token.text}\``, { start: token.start, end });
    for (const text of [';', ',', ')', '(', '}', '{', ']', '=', ':', '&', '->', '=>', '>', '.', '::', '!'])
      repairs.insert(3.5 + off, `add \`${text}\``, token.start, text);
    if (next !== undefined)
      repairs.add(4 + off, `swap \`${token.text}\` and \`${next.text}\``, [
        { start: token.start, end: token.end, text: next.text },
        { start: next.start, end: next.end, text: token.text },
      ]);
  }
  for (const word of ['let ', 'mut ', 'fn ', 'in ', 'if ', 'else ', 'match ']) {
    const token = tokens[index];
    if (token !== undefined) repairs.insert(4, `add \`${word.trim()}\``, token.start, word);
  }
  return repairs.drafts(16);
}
