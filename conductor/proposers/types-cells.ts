// E0308, E0594, E0368, E0614: a cell or a lock is treated as what it holds. It is written through its guard; a guard that was never
// taken out of its `Result` is taken out where it is bound.
//
// worker.boss = Rc::downgrade(boss);                  let guard = total.lock();  guard += n;                 before
// *worker.boss.borrow_mut() = Rc::downgrade(boss);    let mut guard = total.lock().unwrap();  *guard += n;   after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { nodeOf, placeOf } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { methodCall } from './support/expressions.ts';
import { localAt, usesOf } from './support/locals.ts';
import { mismatches } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { matches } from './support/rust-type.ts';

export const typesCells: Proposer = {
  name: 'types-cells',
  codes: ['E0308', 'E0368', 'E0614', 'E0599', 'E0369', 'E0594'],
  propose(input) {
    return sound([...written(input), ...guards(input)]);
  },
  examples: [
    {
      title: 'a field in a `RefCell` is assigned to',
      before: rust`
        use std::cell::RefCell;

        pub struct Worker {
            boss: RefCell<Option<String>>,
        }

        pub fn hire(worker: &Worker, boss: &str) {
            worker.boss = Some(boss.to_string());
        }
      `,
      after: rust`
        use std::cell::RefCell;

        pub struct Worker {
            boss: RefCell<Option<String>>,
        }

        pub fn hire(worker: &Worker, boss: &str) {
            *worker.boss.borrow_mut() = Some(boss.to_string());
        }
      `,
      within: 1,
    },
    {
      title: 'a guard that is still in its result',
      before: rust`
        use std::sync::Mutex;

        pub fn add(total: &Mutex<u64>, n: u64) {
            let guard = total.lock();
            guard += n;
        }
      `,
      after: rust`
        use std::sync::Mutex;

        pub fn add(total: &Mutex<u64>, n: u64) {
            let mut guard = total.lock().unwrap();
            *guard += n;
        }
      `,
      within: 1,
    },
  ],
};

/** What writes the value of a cell through a shared reference. */
const WRITERS: Readonly<Record<string, (place: string, value: string) => string>> = {
  RefCell: (place, value) => `*${place}.borrow_mut() = ${value}`,
  Cell: (place, value) => `${place}.set(${value})`,
  Mutex: (place, value) => `*${place}.lock().unwrap() = ${value}`,
  RwLock: (place, value) => `*${place}.write().unwrap() = ${value}`,
};

function written(input: ProposeInput): Draft[] {
  return mismatches(input).flatMap(({ source, node, expected, found }) => {
    const assignment = node?.parent?.type === 'assignment_expression' ? node.parent : null;
    const left = assignment?.childForFieldName('left') ?? null;
    const held = expected.kind === 'path' ? expected.args[0] : undefined;
    const write = expected.kind === 'path' ? WRITERS[expected.name] : undefined;
    if (assignment === null || left === null || !write || held === undefined || !matches(found, held)) return [];
    if (assignment.childForFieldName('right')?.equals(node as Node) !== true) return [];
    return [
      {
        title: `Write what \`${left.text}\` holds`,
        edits: [source.edit(assignment.startIndex, assignment.endIndex, write(left.text, (node as Node).text))],
        features: { agreement: 1 },
      },
    ];
  });
}

/** `let guard = m.lock();`: unwrapped where it is bound, and read and written through. */
function guards(input: ProposeInput): Draft[] {
  const drafts: Draft[] = [];
  for (const place of input.diagnostic.spans.flatMap((span) => placeOf(input, span))) {
    const { source } = place;
    for (const name of descendants(
      enclosing(nodeOf(place), 'expression_statement', 'let_declaration') ?? nodeOf(place),
      'identifier',
    )) {
      const local = localAt(source, name);
      const call = methodCall(local?.value ?? null);
      if (local === null || local.declaration.type !== 'let_declaration' || !local.plain || call === null) continue;
      if (!['lock', 'read', 'write'].includes(call.name.text) || call.args.length > 0) continue;
      const uses = usesOf(source, local);
      const writes = uses.some((use) => isTarget(use) || isWrittenIn(use));
      const edits: Edit[] = [source.insert(call.node.endIndex, '.unwrap()')];
      if (writes && !local.declaration.children.some((child) => child?.type === 'mutable_specifier'))
        edits.push(source.insert(local.node.startIndex, 'mut '));
      for (const use of uses) if (isTarget(use)) edits.push(starred(source, use));
      drafts.push({
        title: `Take \`${local.name}\` out of its result where it is bound`,
        edits,
        features: { agreement: 1 },
      });
    }
  }
  return drafts;
}

/** The left side of an assignment, or an operand of arithmetic. */
function isTarget(use: Node): boolean {
  const { parent } = use;
  return (
    parent !== null &&
    ['assignment_expression', 'compound_assignment_expr'].includes(parent.type) &&
    parent.childForFieldName('left')?.equals(use) === true
  );
}

function isWrittenIn(use: Node): boolean {
  const call = methodCall(enclosing(use, 'call_expression'));
  return (
    call?.receiver.equals(use) === true &&
    /^(push|insert|remove|pop|extend|clear|entry|get_mut|retain|sort)/.test(call.name.text)
  );
}

const starred = (source: SourceFile, use: Node): Edit => source.insert(use.startIndex, '*');
