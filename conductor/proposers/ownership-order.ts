// E0382, E0505, E0502, E0506, E0499, E0503: the right statements in the wrong order. The use comes before the move, or
// the conflicting statement after the last use of the borrow; in a struct literal, one field before another.
//
// Line { text: text, width: text.len() }     before
// Line { width: text.len(), text: text }     after
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { borrowFacts, nodeOf, type Place } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { effectsOf, orderMatters } from './support/effects.ts';
import { namedChildren, shortenExpression } from './support/expressions.ts';
import { bindings, type Local, usesOf } from './support/locals.ts';
import { rust } from './support/rust.ts';
import { moveStatement, statementIn, statementsOf } from './support/statements.ts';

export const ownershipOrder: Proposer = {
  name: 'ownership-order',
  codes: ['E0382', 'E0505', 'E0502', 'E0506', 'E0499', 'E0503'],
  propose(input) {
    const facts = borrowFacts(input);
    const { at } = facts;
    if (at === null) return [];
    const drafts: Draft[] = [];
    if (input.diagnostic.code === 'E0382') {
      for (const move of facts.moves) {
        drafts.push(...fieldOrder(move, at));
        drafts.push(...hoistUse(move, at));
        drafts.push(...swap(input, move, at));
      }
    } else {
      for (const use of facts.laterUses) {
        drafts.push(...swap(input, at, use));
        for (const borrow of facts.borrows) drafts.push(...behindLastUse(input, borrow, at, use));
      }
      for (const borrow of facts.borrows) drafts.push(...earlier(input, at, borrow));
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'a field that is read before it is moved',
      before: rust`
        pub struct Line {
            text: String,
            width: usize,
        }

        impl Line {
            pub fn new(text: String) -> Line {
                Line {
                    text,
                    width: text.len(),
                }
            }

            pub fn fits(&self, width: usize) -> bool {
                self.width <= width && !self.text.is_empty()
            }
        }
      `,
      after: rust`
        pub struct Line {
            text: String,
            width: usize,
        }

        impl Line {
            pub fn new(text: String) -> Line {
                Line {
                    width: text.len(),
                    text,
                }
            }

            pub fn fits(&self, width: usize) -> bool {
                self.width <= width && !self.text.is_empty()
            }
        }
      `,
      within: 1,
    },
    {
      title: 'the use before the move',
      before: rust`
        pub fn store(names: &mut Vec<String>, name: String) -> usize {
            names.push(name);
            let length = name.len();
            length
        }
      `,
      after: rust`
        pub fn store(names: &mut Vec<String>, name: String) -> usize {
            let length = name.len();
            names.push(name);
            length
        }
      `,
    },
    {
      title: 'the change after the last use of the borrow',
      before: rust`
        pub fn rotate(queue: &mut Vec<u32>) -> u32 {
            let first = &queue[0];
            queue.push(7);
            let doubled = first * 2;
            doubled
        }
      `,
      after: rust`
        pub fn rotate(queue: &mut Vec<u32>) -> u32 {
            let first = &queue[0];
            let doubled = first * 2;
            queue.push(7);
            doubled
        }
      `,
      within: 1,
    },
    {
      title: 'a use inside a later expression is bound before the move',
      before: rust`
        fn send(text: String) -> bool {
            !text.is_empty()
        }

        pub fn count(text: String) -> usize {
            let sent = send(text);
            if sent { text.len() } else { 0 }
        }
      `,
      after: rust`
        fn send(text: String) -> bool {
            !text.is_empty()
        }

        pub fn count(text: String) -> usize {
            let len = text.len();
            let sent = send(text);
            if sent { len } else { 0 }
        }
      `,
    },
  ],
};

/** The block in which both places have a statement of their own, and the two statements. */
function commonBlock(a: Place, b: Place): { readonly first: Node; readonly second: Node; readonly block: Node } | null {
  for (let block = enclosing(nodeOf(a), 'block'); block !== null; block = enclosing(block.parent, 'block')) {
    const second = statementIn(block, nodeOf(b));
    const first = statementIn(block, nodeOf(a));
    if (first !== null && second !== null) return first.equals(second) ? null : { first, second, block };
  }
  return null;
}

/** Lets the two places' statements change their order, nearest move first. */
function swap(input: ProposeInput, first: Place, second: Place): Draft[] {
  if (first.source !== second.source || first.range.start >= second.range.start) return [];
  const common = commonBlock(first, second);
  if (common === null) return [];
  const { source } = first;
  const drafts: Draft[] = [];
  const up = moveStatement(source, common.second, common.first, 'before');
  const down = moveStatement(source, common.first, common.second, 'after');
  const jump = statementsOf(common.block);
  const between = jump.slice(
    jump.findIndex((node) => node.equals(common.first)) + 1,
    jump.findIndex((node) => node.equals(common.second)),
  );
  const draft = (edits: typeof up, title: string, moved: Node, over: readonly Node[]): void => {
    if (edits === null || !independent(input, source, moved, over)) return;
    drafts.push({
      title,
      edits,
      features: { agreement: between.length === 0 ? 0.8 : 0.5, ...reordering(input, moved, over) },
    });
  };
  if (common.second.type !== 'return_expression' && endsWithSemicolon(common.second)) {
    draft(up, `Use it before: \`${shortenExpression(common.second.text)}\``, common.second, [common.first, ...between]);
  }
  draft(down, `Later: \`${shortenExpression(common.first.text)}\``, common.first, [...between, common.second]);
  return drafts;
}

/** The conflicting statement before the borrow begins. */
function earlier(input: ProposeInput, at: Place, borrow: Place): Draft[] {
  if (at.source !== borrow.source || borrow.range.start >= at.range.start) return [];
  const common = commonBlock(borrow, at);
  if (common === null || !endsWithSemicolon(common.second)) return [];
  const statements = statementsOf(common.block);
  const from = statements.findIndex((node) => node.equals(common.first));
  const to = statements.findIndex((node) => node.equals(common.second));
  if (!independent(input, at.source, common.second, statements.slice(from, to))) return [];
  const edits = moveStatement(at.source, common.second, common.first, 'before');
  return edits === null
    ? []
    : [
        {
          title: `Earlier: \`${shortenExpression(common.second.text)}\``,
          edits,
          features: { agreement: 0.4, ...reordering(input, common.second, statements.slice(from, to)) },
        },
      ];
}

const endsWithSemicolon = (node: Node): boolean =>
  node.type === 'let_declaration' || node.text.endsWith(';') || node.text.endsWith('}');

/** True when `moved` and each of `over` neither use what the other declares nor see what the other does. */
function independent(input: ProposeInput, source: SourceFile, moved: Node, over: readonly Node[]): boolean {
  const overlap = (declaring: Node, using: Node): boolean =>
    bindings(source, declaring)
      .filter((local) => declaring.type === 'let_declaration' && local.declaration.equals(declaring))
      .some((local) =>
        usesOf(source, local).some((use) => use.startIndex >= using.startIndex && use.endIndex <= using.endIndex),
      );
  const own = effectsOf(input, moved);
  return over.every(
    (other) => !overlap(other, moved) && !overlap(moved, other) && !orderMatters(own, effectsOf(input, other)),
  );
}

/** What changes places is only worth a word where both sides do something. */
function reordering(input: ProposeInput, moved: Node, over: readonly Node[]): { readonly reorders?: number } {
  const does = (node: Node): boolean => {
    const { writes, prints, leaves } = effectsOf(input, node);
    return writes.size > 0 || prints || leaves;
  };
  return does(moved) && over.some(does) ? { reorders: 1 } : {};
}

/** The conflicting `let` behind the last statement that uses the borrow, where nothing in between needs it. */
function behindLastUse(input: ProposeInput, borrow: Place, at: Place, use: Place): Draft[] {
  if (at.source !== borrow.source || at.source !== use.source) return [];
  const { source } = at;
  const common = commonBlock(borrow, at);
  if (common?.first.type !== 'let_declaration' || common.second.type !== 'let_declaration') return [];
  const lent = declaredBy(source, common.first);
  const late = declaredBy(source, common.second);
  const statements = statementsOf(common.block);
  const from = statements.findIndex((node) => node.equals(common.second)) + 1;
  const uses = (locals: typeof lent, node: Node): boolean =>
    locals.some((local) =>
      usesOf(source, local).some((one) => one.startIndex >= node.startIndex && one.endIndex <= node.endIndex),
    );
  const end = statements.findLastIndex((node) => uses(lent, node));
  const over = statements.slice(from, end + 1);
  const last = over.at(-1);
  if (last === undefined || over.some((node) => uses(late, node)) || !independent(input, source, common.second, over))
    return [];
  const edits = moveStatement(source, common.second, last, 'after');
  return edits === null
    ? []
    : [
        {
          title: `Later: \`${shortenExpression(common.second.text)}\``,
          edits,
          features: { agreement: 0.9, ...reordering(input, common.second, over) },
        },
      ];
}

function declaredBy(source: SourceFile, statement: Node): Local[] {
  return bindings(source, statement).filter((local) => local.declaration.equals(statement));
}

/** Field initialisers change places when one reads what the other moves. */
function fieldOrder(move: Place, at: Place): Draft[] {
  const list = enclosing(nodeOf(move), 'field_initializer_list');
  if (list === null || move.source !== at.source) return [];
  const fields = namedChildren(list);
  const of = (place: Place): Node | undefined =>
    fields.find((field) => field.startIndex <= place.range.start && place.range.end <= field.endIndex);
  const [moved, read] = [of(move), of(at)];
  if (moved === undefined || read === undefined || moved.equals(read) || moved.startIndex > read.startIndex) return [];
  const { source } = move;
  const passed = fields.filter((field) => field.startIndex >= moved.startIndex && field.startIndex < read.startIndex);
  const order = [read, ...passed];
  const slots = [...passed, read];
  return [
    {
      title: 'Read the field before it is moved',
      edits: slots.map((slot, i) => source.edit(slot.startIndex, slot.endIndex, (order[i] as Node).text)),
      features: { agreement: 1 },
    },
  ];
}

/** `text.len()` inside a larger expression becomes a binding before the statement that moves `text`. */
function hoistUse(move: Place, at: Place): Draft[] {
  const common = move.source === at.source && move.range.start < at.range.start ? commonBlock(move, at) : null;
  const field = nodeOf(at).parent;
  const call = field?.type === 'field_expression' && field.parent?.type === 'call_expression' ? field.parent : null;
  const name = field?.childForFieldName('field')?.text;
  if (
    common === null ||
    call === null ||
    name === undefined ||
    !call.childForFieldName('function')?.equals(field as Node)
  )
    return [];
  const { source } = move;
  const taken = new Set(bindings(source, enclosing(call, 'function_item') ?? common.block).map((local) => local.name));
  const local = taken.has(name) || !/^[a-z_]+$/.test(name) ? `${nodeOf(at).text.replace(/\W+/g, '_')}_${name}` : name;
  if (taken.has(local)) return [];
  const before = `let ${local} = ${call.text};${source.newline}${source.indentAt(common.first.startIndex)}`;
  return [
    {
      title: `Bind \`${call.text}\` before the move`,
      edits: [source.insert(common.first.startIndex, before), source.edit(call.startIndex, call.endIndex, local)],
      features: { agreement: 0.6 },
    },
  ];
}
