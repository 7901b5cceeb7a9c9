// E0599, E0609, E0610, E0615, E0608: a member that the value does not have, but what it holds does. The way inwards is
// written: out of an `Option`, a `RefCell`, a `Mutex`, a tuple, or through a field of the crate's own type.
//
// self.head.value                      before, for head: Option<Box<Node>>, in a function that returns an Option
// self.head.as_ref()?.value            after
//
// Other names for the same member are names-typos' and names-foreign's.

import type { CandidateFlag, Draft, ProposeInput, Proposer } from '../types.ts';
import { typeNamed } from './support/derives.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { enclosingFunction, returnTypeOf } from './support/functions.ts';
import { type MemberAccess, MUTATING, memberAccess, ownMember, stdMethod } from './support/member-access.ts';
import { rust } from './support/rust.ts';
import { isCopy, isPath, parseType, type RustType } from './support/rust-type.ts';

/** Wrappers that are gone through at most: `Rc<RefCell<Option<Box<Node>>>>` has two that need saying. */
const deepest = 3;
const mostWays = 60;

interface Way {
  /** What follows the receiver. */
  readonly text: string;
  readonly type: RustType;
  readonly flags: readonly CandidateFlag[];
  readonly agreement: number;
}

export const membersReach: Proposer = {
  name: 'members-reach',
  codes: ['E0599', 'E0609', 'E0610', 'E0615', 'E0616'],
  propose(input) {
    const here = memberAccess(input);
    if (here === null || here.type === null) return [];
    const drafts: Draft[] = [];
    for (const way of waysTo(input, here, here.type)) {
      const peers = alike(input, here);
      const edits = peers.map((peer) => peer.source.insert(peer.receiver.end, way.text));
      drafts.push({
        title: `Reach \`${here.name}\` through \`${way.text}\``,
        edits,
        flags: way.flags,
        features: { agreement: way.agreement, repeats: edits.length },
      });
      if (edits.length > 1)
        drafts.push({
          title: `Reach \`${here.name}\` through \`${way.text}\`, here`,
          edits: [here.source.insert(here.receiver.end, way.text)],
          flags: way.flags,
          features: { agreement: way.agreement * 0.7 },
        });
    }
    return sound(drafts, 8);
  },
  examples: [
    {
      title: 'what an option holds, where the function returns one',
      before: rust`
        pub struct Node {
            pub value: i32,
            pub next: Option<Box<Node>>,
        }

        pub fn second(head: &Node) -> Option<i32> {
            let value = head.next.value;
            Some(value)
        }
      `,
      after: rust`
        pub struct Node {
            pub value: i32,
            pub next: Option<Box<Node>>,
        }

        pub fn second(head: &Node) -> Option<i32> {
            let value = head.next.as_ref()?.value;
            Some(value)
        }
      `,
    },
    {
      title: 'a cell is borrowed, for reading and for writing',
      before: rust`
        use std::cell::RefCell;
        use std::rc::Rc;

        pub struct Node {
            pub children: Vec<u32>,
        }

        pub fn grow(node: &Rc<RefCell<Node>>) {
            node.children.push(1);
        }
      `,
      after: rust`
        use std::cell::RefCell;
        use std::rc::Rc;

        pub struct Node {
            pub children: Vec<u32>,
        }

        pub fn grow(node: &Rc<RefCell<Node>>) {
            node.borrow_mut().children.push(1);
        }
      `,
      within: 1,
    },
    {
      title: "a method of the vector inside, on the crate's own type",
      before: rust`
        pub struct Stack {
            items: Vec<u8>,
        }

        impl Stack {
            pub fn depth(&self) -> usize {
                self.len()
            }
        }
      `,
      after: rust`
        pub struct Stack {
            items: Vec<u8>,
        }

        impl Stack {
            pub fn depth(&self) -> usize {
                self.items.len()
            }
        }
      `,
      within: 1,
    },
    {
      title: 'the second of a pair that `enumerate` gives',
      before: rust`
        pub struct User {
            pub age: u32,
        }

        pub fn total(users: &[User]) -> u32 {
            let mut sum = 0;
            for user in users.iter().enumerate() {
                sum += user.age;
            }
            sum
        }
      `,
      after: rust`
        pub struct User {
            pub age: u32,
        }

        pub fn total(users: &[User]) -> u32 {
            let mut sum = 0;
            for user in users.iter().enumerate() {
                sum += user.1.age;
            }
            sum
        }
      `,
      within: 1,
    },
  ],
};

/** The ways to a type that has the member, shortest first. */
function waysTo(input: ProposeInput, access: MemberAccess, from: RustType): Way[] {
  const found: Way[] = [];
  let front: Way[] = [{ text: '', type: from, flags: [], agreement: 1 }];
  for (let depth = 0; depth < deepest && found.length === 0 && front.length < mostWays; depth++) {
    const next: Way[] = [];
    for (const way of front) {
      for (const step of stepsFrom(input, access, way.type)) {
        const longer: Way = {
          text: way.text + step.text,
          type: step.type,
          flags: [...new Set([...way.flags, ...step.flags])],
          agreement: Math.min(way.agreement, step.agreement),
        };
        if (has(input, access, longer.type)) found.push(longer);
        else next.push(longer);
      }
    }
    front = next;
  }
  return found.sort((a, b) => a.flags.length - b.flags.length || b.agreement - a.agreement);
}

function has(input: ProposeInput, access: MemberAccess, type: RustType): boolean {
  const bare = held(type);
  if (access.called && stdMethod(bare, access.name)) return true;
  const own = ownMember(input, access.source, bare, access.name);
  return own !== null && (own.kind === 'field') === !access.called;
}

/** The type behind references and the pointers that deref by themselves. */
function held(type: RustType): RustType {
  if (type.kind === 'ref') return held(type.of);
  return isPath(type, 'Box', 'Rc', 'Arc', 'Ref', 'RefMut', 'MutexGuard') && type.args[0] ? held(type.args[0]) : type;
}

function stepsFrom(input: ProposeInput, access: MemberAccess, from: RustType): Way[] {
  const type = held(from);
  const writes = isWritten(input, access);
  const step = (text: string, to: RustType | undefined, agreement: number, flags: CandidateFlag[] = []): Way[] =>
    to === undefined ? [] : [{ text, type: to, flags, agreement }];
  if (type.kind === 'tuple') return type.items.flatMap((item, index) => step(`.${index}`, item, 0.9));
  if (type.kind !== 'path') return [];
  const [first] = type.args;
  switch (type.name) {
    case 'Option': {
      if (first === undefined) return [];
      const lent = isCopy(first) || first.kind === 'ref' ? '' : writes ? '.as_mut()' : '.as_ref()';
      const returns = returned(access);
      return [
        ...(isPath(returns, 'Option') ? step(`${lent}?`, first, 0.9) : []),
        ...step(`${lent}.unwrap()`, first, 0.5, ['invents']),
      ];
    }
    case 'Result':
      return [
        ...(isPath(returned(access), 'Result') ? step('?', first, 0.9) : []),
        ...step('.unwrap()', first, 0.5, ['invents']),
      ];
    case 'RefCell':
      return step(writes ? '.borrow_mut()' : '.borrow()', first, 1);
    case 'Cell':
      return step('.get()', first, 0.9);
    case 'Mutex':
      return step('.lock().unwrap()', first, 0.9);
    case 'RwLock':
      return step(writes ? '.write().unwrap()' : '.read().unwrap()', first, 0.9);
    case 'Weak':
      return step('.upgrade().unwrap()', first, 0.4, ['invents']);
    default:
      return fieldsOf(input, type.name).flatMap(({ name, type: inner }) => step(`.${name}`, inner, 0.8));
  }
}

/** Fields of the crate's struct of that name, with types that can be read. */
function fieldsOf(input: ProposeInput, name: string): { readonly name: string; readonly type: RustType }[] {
  const own = typeNamed(input, name);
  const body = own?.node.type === 'struct_item' ? own.node.childForFieldName('body') : null;
  if (!body) return [];
  if (body.type === 'ordered_field_declaration_list')
    return namedChildren(body)
      .filter((child) => child.type !== 'visibility_modifier')
      .flatMap((child, index) => typed(`${index}`, child.text));
  return namedChildren(body).flatMap((field) =>
    typed(field.childForFieldName('name')?.text ?? '', field.childForFieldName('type')?.text ?? ''),
  );
}

function typed(name: string, text: string): { name: string; type: RustType }[] {
  const type = parseType(text);
  return type === null || name === '' ? [] : [{ name, type }];
}

function returned(access: MemberAccess): RustType | null {
  const fn = enclosingFunction(access.source, access.source.nodeAt(access.receiver));
  return fn === null ? null : returnTypeOf(fn);
}

/** Whether the place is written to: assigned, or the receiver of a method that changes it. */
function isWritten(input: ProposeInput, access: MemberAccess): boolean {
  let node = access.node ?? access.source.nodeAt(access.nameRange);
  if (access.called && MUTATING.has(access.name)) return true;
  for (let parent = node.parent; parent !== null; node = parent, parent = parent.parent) {
    if (parent.type === 'field_expression' || parent.type === 'index_expression') {
      const call = parent.parent;
      const field = parent.childForFieldName('field')?.text ?? '';
      if (call?.type === 'call_expression' && call.childForFieldName('function')?.id === parent.id)
        return MUTATING.has(field) || changesSelf(input, field);
      continue;
    }
    if (parent.type === 'assignment_expression' || parent.type === 'compound_assignment_expr')
      return parent.childForFieldName('left')?.id === node.id;
    return parent.type === 'reference_expression' && /^&\s*mut\b/.test(parent.text);
  }
  return false;
}

/** Whether every method of the crate under that name takes `&mut self`. */
function changesSelf(input: ProposeInput, name: string): boolean {
  let found = 0;
  for (const path of input.files) {
    const source = input.source(path);
    for (const fn of source?.root.descendantsOfType(['function_item']) ?? []) {
      if (fn?.childForFieldName('name')?.text !== name) continue;
      const self = fn.childForFieldName('parameters')?.namedChild(0);
      if (self?.type !== 'self_parameter' || !/^&.*\bmut\b/.test(self.text)) return false;
      found += 1;
    }
  }
  return found > 0;
}

/** The same member missed on the same type elsewhere: repaired together. */
function alike(input: ProposeInput, here: MemberAccess): MemberAccess[] {
  const found = new Map<string, MemberAccess>([[key(here), here]]);
  for (const error of input.errors) {
    if (error.code !== input.diagnostic.code) continue;
    const other = memberAccess(input, error);
    if (other === null || JSON.stringify(other.type) !== JSON.stringify(here.type)) continue;
    if (has(input, { ...other, name: other.name }, here.type as RustType)) continue;
    found.set(key(other), other);
  }
  return [...found.values()].filter(
    (one) =>
      ![...found.values()].some(
        (other) => other !== one && other.receiver.end === one.receiver.end && key(other) < key(one),
      ),
  );
}

const key = (access: MemberAccess): string => `${access.source.path}:${access.nameRange.start}`;
