// E0499, E0502: two elements of one list are wanted at the same time. A swap is a method of the list, a number is read
// before the element is written, and two places that are known apart are lent by `split_at_mut`.
//
// std::mem::swap(&mut v[i], &mut v[j]);      before
// v.swap(i, j);                              after
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments, referenced } from './support/expressions.ts';
import { localAt } from './support/locals.ts';
import { rust } from './support/rust.ts';
import { statementOf, wholeLines } from './support/statements.ts';

export const borrowsSplit: Proposer = {
  name: 'borrows-split',
  codes: ['E0499', 'E0502'],
  propose(input: ProposeInput): Draft[] {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const at = source.nodeAt(source.range(span));
    const block = enclosing(at, 'block');
    return block === null ? [] : sound([...swaps(source, block), ...split(source, at, block)]);
  },
  examples: [
    {
      title: 'two elements change places',
      before: rust`
        pub fn reverse(v: &mut Vec<i32>) {
            let n = v.len();
            for i in 0..n / 2 {
                std::mem::swap(&mut v[i], &mut v[n - 1 - i]);
            }
        }
      `,
      after: rust`
        pub fn reverse(v: &mut Vec<i32>) {
            let n = v.len();
            for i in 0..n / 2 {
                v.swap(i, n - 1 - i);
            }
        }
      `,
      within: 1,
    },
    {
      title: 'two elements that are bound first',
      before: rust`
        pub fn flip(v: &mut [i32]) {
            let a = &mut v[0];
            let b = &mut v[1];
            std::mem::swap(a, b);
        }
      `,
      after: rust`
        pub fn flip(v: &mut [i32]) {
            v.swap(0, 1);
        }
      `,
      within: 1,
    },
    {
      title: 'two accounts, known apart',
      before: rust`
        pub fn transfer(accounts: &mut Vec<u64>, amount: u64) {
            let from = &mut accounts[0];
            let to = &mut accounts[1];
            *from -= amount;
            *to += amount;
        }
      `,
      after: rust`
        pub fn transfer(accounts: &mut Vec<u64>, amount: u64) {
            let (before, behind) = accounts.split_at_mut(1);
            let from = &mut before[0];
            let to = &mut behind[0];
            *from -= amount;
            *to += amount;
        }
      `,
      within: 1,
    },
  ],
};

interface Element {
  readonly list: string;
  readonly index: Node;
  /** `&mut list[index]`. */
  readonly node: Node;
}

/** `&mut list[index]` with a plain index. */
function element(node: Node | null): Element | null {
  const value = referenced(node);
  if (node === null || value?.type !== 'index_expression' || !/^&\s*mut\b/.test(node.text)) return null;
  const [list, index] = [value.namedChild(0), value.namedChild(1)];
  return list && index && index.type !== 'range_expression' ? { list: list.text, index, node } : null;
}

/** Calls of `mem::swap` with two elements of one list, given or bound before. */
function swaps(source: SourceFile, block: Node): Draft[] {
  const drafts: Draft[] = [];
  for (const call of descendants(block, 'call_expression')) {
    if (
      !/(?:^|::)swap$/.test(call.childForFieldName('function')?.text ?? '') ||
      call.childForFieldName('function')?.type === 'field_expression'
    )
      continue;
    const args = callArguments(call);
    if (args.length !== 2) continue;
    const bound = args.map((arg) => (arg.type === 'identifier' ? localAt(source, arg) : null));
    const [a, b] = args.map((arg, index) => element(arg) ?? element(bound[index]?.value ?? null));
    if (!a || !b || a.list !== b.list) continue;
    const edits = [source.edit(call.startIndex, call.endIndex, `${a.list}.swap(${a.index.text}, ${b.index.text})`)];
    for (const local of bound) {
      const statement = local === null ? null : statementOf(local.node);
      const lines = statement === null ? null : wholeLines(source, statement);
      if (lines !== null) edits.push(source.edit(lines.start, lines.end, ''));
    }
    drafts.push({ title: `\`${a.list}.swap(…)\``, edits, features: { agreement: 1 } });
  }
  return drafts;
}

/** Two bindings of elements at literal places of one list. */
function split(source: SourceFile, at: Node, block: Node): Draft[] {
  const lets = descendants(block, 'let_declaration').filter((node) => node.parent?.equals(block));
  const found = lets.flatMap((node) => {
    const one = element(node.childForFieldName('value'));
    return one === null || one.index.type !== 'integer_literal'
      ? []
      : [{ ...one, statement: node, place: Number(one.index.text) }];
  });
  const second = found.find(
    (one) => one.statement.startIndex <= at.startIndex && at.endIndex <= one.statement.endIndex,
  );
  const first = found.find(
    (one) => one !== second && one.list === second?.list && one.statement.startIndex < second.statement.startIndex,
  );
  if (first === undefined || second === undefined || first.place === second.place) return [];
  const middle = Math.max(first.place, second.place);
  const names = [first, second].map((one) =>
    one.place < middle ? `before[${one.place}]` : `behind[${one.place - middle}]`,
  );
  const line = `let (before, behind) = ${first.list}.split_at_mut(${middle});${source.newline}${source.indentAt(first.statement.startIndex)}`;
  return [
    {
      title: `Split \`${first.list}\` in two`,
      edits: [
        source.insert(first.statement.startIndex, line),
        source.edit(first.node.startIndex, first.node.endIndex, `&mut ${names[0]}`),
        source.edit(second.node.startIndex, second.node.endIndex, `&mut ${names[1]}`),
      ],
      features: { agreement: 0.8 },
    },
  ];
}
