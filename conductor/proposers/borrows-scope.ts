// E0502, E0499, E0506, E0505, E0503, E0597: two borrows that need not meet. A value is copied or cloned out before the
// second borrow, an argument is bound first, a declaration moves out of the block it outlives.
//
// let first = &list[0];   list.push(4);   total(first)     before
// let first = list[0];    list.push(4);   total(first)     after
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { borrowFacts, iteratedBy, letOf, nodeOf, type Place } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { bindingWritten, effectsOf } from './support/effects.ts';
import { methodCall, namedChildren, receiver, referenced, shortenExpression } from './support/expressions.ts';
import { bindings, localAt } from './support/locals.ts';
import { rust } from './support/rust.ts';
import { moveStatement, statementOf } from './support/statements.ts';

export const borrowsScope: Proposer = {
  name: 'borrows-scope',
  codes: ['E0502', 'E0499', 'E0506', 'E0505', 'E0503', 'E0597'],
  propose(input) {
    const facts = borrowFacts(input);
    if (facts.at === null) return [];
    const { at } = facts;
    switch (input.diagnostic.code) {
      case 'E0597':
        return sound([
          ...facts.declared.flatMap((declared) => [...withoutBlock(declared), ...declareOutside(declared, at)]),
          ...copyOut(input, at),
        ]);
      default:
        return sound([
          ...facts.borrows.flatMap((borrow) => bindFirst(input, at, borrow)),
          ...facts.borrows.flatMap((borrow) => [...copyOut(input, borrow), ...loopOverCopy(input, borrow)]),
        ]);
    }
  },
  examples: [
    {
      title: 'a block that ends what is borrowed too early',
      before: rust`
        pub fn first(words: &mut Vec<String>) -> usize {
            let word = { let word = words.remove(0);
            word.trim() };
            word.len()
        }
      `,
      after: rust`
        pub fn first(words: &mut Vec<String>) -> usize {
            let word = words.remove(0);
            let word = word.trim();
            word.len()
        }
      `,
      within: 1,
    },
    {
      title: 'copies an element out before the list changes',
      before: rust`
        pub fn grow(list: &mut Vec<i32>) -> i32 {
            let first = &list[0];
            list.push(4);
            *first
        }
      `,
      after: rust`
        pub fn grow(list: &mut Vec<i32>) -> i32 {
            let first = list[0];
            list.push(4);
            first
        }
      `,
      within: 1,
    },
    {
      title: 'clones a name out',
      before: rust`
        pub struct Log {
            name: String,
            lines: Vec<String>,
        }

        impl Log {
            fn add(&mut self, line: &str) {
                self.lines.push(line.to_string());
            }

            pub fn open(&mut self) {
                let name = &self.name;
                self.add(name);
            }
        }
      `,
      after: rust`
        pub struct Log {
            name: String,
            lines: Vec<String>,
        }

        impl Log {
            fn add(&mut self, line: &str) {
                self.lines.push(line.to_string());
            }

            pub fn open(&mut self) {
                let name = &self.name.clone();
                self.add(name);
            }
        }
      `,
    },
    {
      title: 'binds an argument before the receiver is borrowed',
      before: rust`
        pub struct Grid {
            cells: Vec<u32>,
        }

        impl Grid {
            fn width(&self) -> u32 {
                self.cells.len() as u32
            }

            pub fn extend(&mut self) {
                let cells = &mut self.cells;
                cells.push(self.width());
            }
        }
      `,
      after: rust`
        pub struct Grid {
            cells: Vec<u32>,
        }

        impl Grid {
            fn width(&self) -> u32 {
                self.cells.len() as u32
            }

            pub fn extend(&mut self) {
                let width = self.width();
                let cells = &mut self.cells;
                cells.push(width);
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a loop over a copy',
      before: rust`
        pub struct Sum {
            parts: Vec<i32>,
            total: i32,
        }

        impl Sum {
            fn add(&mut self, n: i32) {
                self.total += n;
            }

            pub fn run(&mut self) {
                for part in &self.parts {
                    self.add(*part);
                }
            }
        }
      `,
      after: rust`
        pub struct Sum {
            parts: Vec<i32>,
            total: i32,
        }

        impl Sum {
            fn add(&mut self, n: i32) {
                self.total += n;
            }

            pub fn run(&mut self) {
                for part in &self.parts.clone() {
                    self.add(*part);
                }
            }
        }
      `,
    },
    {
      title: 'a declaration leaves the block that it must outlive',
      before: rust`
        pub fn pick(short: bool) -> usize {
            let word;
            {
                let text = String::from("hello");
                word = if short { &text[..2] } else { &text[..] };
            }
            word.len()
        }
      `,
      after: rust`
        pub fn pick(short: bool) -> usize {
            let word;
            let text = String::from("hello");
            {
                word = if short { &text[..2] } else { &text[..] };
            }
            word.len()
        }
      `,
    },
    {
      title: 'an operand that is the same in every round',
      before: rust`
        pub struct Log {
            rows: Vec<(i32, u32)>,
            limit: i32,
        }

        impl Log {
            fn most(&self) -> i32 {
                self.limit * 2
            }

            pub fn mark(&mut self) {
                for row in self.rows.iter_mut() {
                    if row.0 > self.most() + 1 {
                        row.1 += 1;
                    }
                }
            }
        }
      `,
      after: rust`
        pub struct Log {
            rows: Vec<(i32, u32)>,
            limit: i32,
        }

        impl Log {
            fn most(&self) -> i32 {
                self.limit * 2
            }

            pub fn mark(&mut self) {
                let most = self.most();
                for row in self.rows.iter_mut() {
                    if row.0 > most + 1 {
                        row.1 += 1;
                    }
                }
            }
        }
      `,
    },
  ],
};

/** Gives the binding a value of its own instead of a borrow. */
function copyOut(input: ProposeInput, borrow: Place): Draft[] {
  const found = letOf(borrow);
  if (found === null) return assigned(borrow);
  const { source } = borrow;
  const { value, statement } = found;
  // What is written through the binding would be written to the copy, and lost.
  if (bindingWritten(input, source, statement)) return [];
  const inner = referenced(value);
  const drafts: Draft[] = [];
  const replace = (title: string, text: string, agreement: number): void => {
    drafts.push({ title, edits: [source.edit(value.startIndex, value.endIndex, text)], features: { agreement } });
  };
  if (inner !== null && !value.children.some((child) => child?.type === 'mutable_specifier')) {
    const name = statement.childForFieldName('pattern')?.text ?? '';
    const stars = derefsOf(source, statement, name);
    drafts.push({
      title: `Copy \`${inner.text}\` out`,
      edits: [
        source.edit(value.startIndex, value.endIndex, inner.text),
        ...stars.map((star) => source.edit(star.startIndex, star.endIndex, name)),
      ],
      features: { agreement: 0.7, repeats: 1 + stars.length },
    });
    if (stars.length > 0) replace(`Copy \`${inner.text}\` out`, inner.text, 0.4);
    replace(`Clone \`${inner.text}\``, `${receiver(inner.text)}.clone()`, 0.5);
    replace(`Borrow a clone of \`${inner.text}\``, `&${receiver(inner.text)}.clone()`, 0.4);
  } else if (methodCall(value) !== null || value.type === 'try_expression') {
    const last = methodCall(value)?.name.text ?? '';
    if (['get', 'first', 'last', 'iter', 'max', 'min', 'next', 'peek', 'find'].includes(last)) {
      replace('Copy what the option holds', `${value.text}.copied()`, 0.6);
      replace('Clone what the option holds', `${value.text}.cloned()`, 0.6);
    } else {
      replace('Copy it out', `*${value.text}`, 0.4);
      replace('Clone it', `${value.text}.clone()`, 0.6);
      replace('Own the text', `${value.text}.to_string()`, 0.2);
    }
  }
  return drafts;
}

/** `*name` in the rest of the block, which would be one `*` too many. */
function derefsOf(source: SourceFile, statement: Node, name: string): Node[] {
  const block = statement.parent;
  if (block === null || !/^\w+$/.test(name)) return [];
  return block
    .descendantsOfType('unary_expression')
    .filter(
      (node): node is Node =>
        node !== null &&
        node.startIndex > statement.endIndex &&
        source.slice({ start: node.startIndex, end: node.endIndex }) === `*${name}`,
    );
}

/** `name = &value` → `name = value` (or a clone). */
function assigned(borrow: Place): Draft[] {
  const assignment = enclosing(nodeOf(borrow), 'assignment_expression');
  const right = assignment?.childForFieldName('right') ?? null;
  const inner = referenced(right);
  if (right === null || inner === null || right.startIndex > borrow.range.start || right.endIndex < borrow.range.end)
    return [];
  const { source } = borrow;
  return [
    {
      title: `Give \`${inner.text}\` away`,
      edits: [source.edit(right.startIndex, right.endIndex, inner.text)],
      features: { agreement: 0.5 },
    },
  ];
}

/** Loops over a clone, so that the collection itself is free. */
function loopOverCopy(input: ProposeInput, borrow: Place): Draft[] {
  const loop = iteratedBy(borrow);
  const value = loop?.childForFieldName('value');
  if (!loop || !value || bindingWritten(input, borrow.source, loop)) return [];
  const { source } = borrow;
  const inner = referenced(value);
  const call = methodCall(value);
  if (inner !== null)
    return [
      {
        title: `Loop over a clone of \`${inner.text}\``,
        edits: [source.insert(inner.endIndex, '.clone()')],
        features: { agreement: 0.5 },
      },
    ];
  if (call === null || !['iter', 'chars', 'keys', 'values'].includes(call.name.text)) return [];
  return [
    {
      title: `Loop over a clone of \`${call.receiver.text}\``,
      edits: [source.insert(call.receiver.endIndex, '.clone()')],
      features: { agreement: 0.5 },
    },
  ];
}

/** Binds the argument in which the conflict lies, before the statement with the other borrow. */
function bindFirst(input: ProposeInput, at: Place, borrow: Place): Draft[] {
  if (at.source !== borrow.source) return [];
  const { source } = at;
  const inner = at.range.end - at.range.start <= borrow.range.end - borrow.range.start ? at : borrow;
  const outer = inner === at ? borrow : at;
  const argument = argumentOf(nodeOf(inner), outer);
  const before = statementOf(nodeOf(outer));
  const own = statementOf(nodeOf(inner));
  const anchor =
    argument === null || before === null || own === null ? null : anchorOf(input, source, argument, before, own);
  if (argument === null || anchor === null) return [];
  const name = nameFor(source, argument);
  const line = `let ${name} = ${argument.text};${source.newline}${source.indentAt(anchor.startIndex)}`;
  return [
    {
      title: `Bind \`${shortenExpression(argument.text)}\` first`,
      edits: [source.insert(anchor.startIndex, line), source.edit(argument.startIndex, argument.endIndex, name)],
      features: { agreement: 0.8 },
    },
  ];
}

/** Where the argument of statement `own` is bound: before the earlier statement, or before the loop that borrows for all its rounds. */
function anchorOf(input: ProposeInput, source: SourceFile, argument: Node, before: Node, own: Node): Node | null {
  if (before.parent?.id === own.parent?.id) return before.startIndex <= own.startIndex ? before : own;
  if (own.startIndex < before.startIndex || before.endIndex < own.endIndex) return null;
  const inner = bindings(source, before).some((local) =>
    descendants(argument, 'identifier').some((name) => localAt(source, name)?.node.equals(local.node)),
  );
  const [whole, part] = [effectsOf(input, before), effectsOf(input, argument)];
  // What differs from round to round is not bound once.
  const changes = [...whole.writes].some((path) => part.reads.has(path)) || part.writes.size > 0;
  return inner || changes || part.leaves ? null : before;
}

/** The largest argument or index that holds `node` and not the other place; else a call that is an operand or a condition. */
function argumentOf(node: Node, other: Place): Node | null {
  let found: Node | null = null;
  let operand: Node | null = null;
  for (let at: Node | null = node; at?.parent && at.type !== 'block'; at = at.parent) {
    if (at.startIndex <= other.range.start && other.range.end <= at.endIndex) break;
    const isIndex = at.parent.type === 'index_expression' && at.parent.namedChild(1)?.equals(at);
    const isRight = at.parent.childForFieldName('right')?.equals(at) && at.parent.type.includes('assign');
    if (at.parent.type === 'arguments' || isIndex || isRight) found = at;
    const asked = ['binary_expression', 'unary_expression', 'match_pattern', 'if_expression'].includes(at.parent.type);
    if (at.type === 'call_expression' && asked) operand = at;
  }
  found ??= operand;
  return found !== null && !['identifier', 'self', 'reference_expression', 'closure_expression'].includes(found.type)
    ? found
    : null;
}

/** A name for a bound argument: its last method or field, else `value`; numbered when it is taken. */
function nameFor(source: SourceFile, argument: Node): string {
  const call = methodCall(argument);
  const base = (call?.name ?? argument.childForFieldName('field'))?.text ?? 'value';
  const plain =
    /^[a-z_][a-z0-9_]*$/.test(base) && !['unwrap', 'clone', 'get', 'len', 'expect'].includes(base)
      ? base
      : call?.name.text === 'len'
        ? 'len'
        : 'value';
  const fn = enclosing(argument, 'function_item') ?? source.root;
  const taken = new Set(bindings(source, fn).map((local) => local.name));
  let name = plain;
  for (let n = 2; taken.has(name); n += 1) name = `${plain}${n}`;
  return name;
}

/** The declaration moves before the statement whose block it must outlive. */
function declareOutside(declared: Place, at: Place): Draft[] {
  const statement = enclosing(nodeOf(declared), 'let_declaration');
  const block = statement?.parent ?? null;
  const outer = block === null ? null : statementOf(block);
  if (statement === null || outer === null || block?.type !== 'block' || enclosing(block.parent, 'block') === null)
    return [];
  const edits = moveStatement(at.source, statement, outer, 'before');
  if (edits === null) return [];
  const indent = at.source.indentAt(outer.startIndex);
  const dedented = edits.map((edit) =>
    edit.text === '' ? edit : { ...edit, text: edit.text.replace(/^[ \t]+/, indent) },
  );
  return [
    {
      title: `Declare \`${shortenExpression(statement.text)}\` outside`,
      edits: dedented,
      features: { agreement: 0.6 },
    },
  ];
}

/** `let x = { let y = …; y.part() };`: the block that ends y's life too early goes, and its statements stand before. */
function withoutBlock(declared: Place): Draft[] {
  const { source } = declared;
  const block = enclosing(nodeOf(declared), 'let_declaration')?.parent ?? null;
  const outer = block?.type === 'block' && block.parent?.type === 'let_declaration' ? block.parent : null;
  const inside = block === null ? [] : namedChildren(block);
  const [first, last] = [inside[0], inside.at(-1)];
  if (block === null || outer === null || first === undefined || last === undefined || first === last) return [];
  if (/statement$|_declaration$|_item$/.test(last.type)) return [];
  return [
    {
      title: `Without the block around \`${shortenExpression(last.text)}\``,
      edits: [
        source.edit(outer.startIndex, first.startIndex, ''),
        source.insert(last.startIndex, source.text.slice(outer.startIndex, block.startIndex)),
        source.edit(last.endIndex, block.endIndex, ''),
      ],
      features: { agreement: 0.9 },
    },
  ];
}
