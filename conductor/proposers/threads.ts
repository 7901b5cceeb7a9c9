// E0277, E0373, E0382, E0521, E0597: what threads share. `Rc` and `RefCell` become `Arc` and `Mutex` everywhere, a value
// that several threads need is put behind an `Arc`, borrowed data is copied or the threads are scoped.
//
// let total = Mutex::new(0);             for … { thread::spawn(|| …) }                                     before
// let total = Arc::new(Mutex::new(0));   for … { let total = Arc::clone(&total); thread::spawn(move || …) }   after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments, methodCall } from './support/expressions.ts';
import { insertUse } from './support/imports.ts';
import { type Local, usesOf } from './support/locals.ts';
import { rust } from './support/rust.ts';
import { captured, placesOf, spawnsAt } from './support/spawns.ts';
import { insertBefore, statementsOf } from './support/statements.ts';

export const threads: Proposer = {
  name: 'threads',
  codes: ['E0277', 'E0373', 'E0382', 'E0521', 'E0597'],
  propose(input) {
    const { diagnostic } = input;
    const source = input.source(diagnostic.spans.find((span) => span.primary)?.file ?? '');
    if (source === null || !source.text.includes('thread')) return [];
    if (diagnostic.code === 'E0277') {
      const crossing =
        /between threads safely/.test(diagnostic.message) || /between threads safely/.test(diagnostic.rendered);
      return crossing ? sound(crossers(input)) : [];
    }
    const drafts: Draft[] = [];
    for (const spawn of spawnsAt(input, source)) {
      const names = /`(\w+)`/g;
      const told = [
        ...`${diagnostic.message} ${diagnostic.spans.map((span) => span.label ?? '').join(' ')}`.matchAll(names),
      ].map((match) => match[1] ?? '');
      for (const local of captured(source, spawn).filter((one) => told.includes(one.name))) {
        drafts.push(...shared(source, spawn, local), ...owned(source, spawn, local));
      }
      if (diagnostic.code !== 'E0382') drafts.push(...scoped(source, spawn));
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'shared counting, made for one thread',
      before: rust`
        use std::cell::RefCell;
        use std::rc::Rc;
        use std::thread;

        pub fn count(n: usize) -> usize {
            let total = Rc::new(RefCell::new(0));
            let mut handles = Vec::new();
            for i in 0..n {
                let total = Rc::clone(&total);
                handles.push(thread::spawn(move || {
                    *total.borrow_mut() += i;
                }));
            }
            for handle in handles {
                handle.join().unwrap();
            }
            let result = *total.borrow();
            result
        }
      `,
      after: rust`
        use std::sync::Mutex;
        use std::sync::Arc;
        use std::thread;

        pub fn count(n: usize) -> usize {
            let total = Arc::new(Mutex::new(0));
            let mut handles = Vec::new();
            for i in 0..n {
                let total = Arc::clone(&total);
                handles.push(thread::spawn(move || {
                    *total.lock().unwrap() += i;
                }));
            }
            for handle in handles {
                handle.join().unwrap();
            }
            let result = *total.lock().unwrap();
            result
        }
      `,
      within: 1,
    },
    {
      title: 'a value that every thread needs',
      before: rust`
        use std::sync::Mutex;
        use std::thread;

        pub fn run(workers: u64) -> u64 {
            let total = Mutex::new(0u64);
            let mut handles = vec![];
            for id in 0..workers {
                let handle = thread::spawn(|| {
                    *total.lock().unwrap() += id;
                });
                handles.push(handle);
            }
            for handle in handles {
                handle.join().unwrap();
            }
            let result = *total.lock().unwrap();
            result
        }
      `,
      after: rust`
        use std::sync::Mutex;
        use std::thread;
        use std::sync::Arc;

        pub fn run(workers: u64) -> u64 {
            let total = Arc::new(Mutex::new(0u64));
            let mut handles = vec![];
            for id in 0..workers {
                let total = Arc::clone(&total);
                let handle = thread::spawn(move || {
                    *total.lock().unwrap() += id;
                });
                handles.push(handle);
            }
            for handle in handles {
                handle.join().unwrap();
            }
            let result = *total.lock().unwrap();
            result
        }
      `,
      within: 1,
    },
    {
      title: 'a receiver that workers take turns at',
      before: rust`
        use std::sync::mpsc;
        use std::thread;

        pub fn drain(values: Vec<u32>) -> u32 {
            let (sender, receiver) = mpsc::channel();
            for value in values {
                sender.send(value).unwrap();
            }
            drop(sender);
            let mut handles = Vec::new();
            for _ in 0..2 {
                handles.push(thread::spawn(move || {
                    let mut sum = 0;
                    while let Ok(value) = receiver.recv() {
                        sum += value;
                    }
                    sum
                }));
            }
            handles.into_iter().map(|handle| handle.join().unwrap()).sum()
        }
      `,
      after: rust`
        use std::sync::mpsc;
        use std::thread;
        use std::sync::{Arc, Mutex};

        pub fn drain(values: Vec<u32>) -> u32 {
            let (sender, receiver) = mpsc::channel();
            for value in values {
                sender.send(value).unwrap();
            }
            drop(sender);
            let mut handles = Vec::new();
            let receiver = Arc::new(Mutex::new(receiver));
            for _ in 0..2 {
                let receiver = Arc::clone(&receiver);
                handles.push(thread::spawn(move || {
                    let mut sum = 0;
                    while let Ok(value) = receiver.lock().unwrap().recv() {
                        sum += value;
                    }
                    sum
                }));
            }
            handles.into_iter().map(|handle| handle.join().unwrap()).sum()
        }
      `,
      within: 2,
    },
    {
      title: 'a slice that is only lent',
      before: rust`
        use std::thread;

        pub fn sum(values: &[i32]) -> i32 {
            let handle = thread::spawn(move || values.iter().sum::<i32>());
            handle.join().unwrap()
        }
      `,
      after: rust`
        use std::thread;

        pub fn sum(values: &[i32]) -> i32 {
            let values = values.to_vec();
            let handle = thread::spawn(move || values.iter().sum::<i32>());
            handle.join().unwrap()
        }
      `,
      within: 1,
    },
    {
      title: 'threads that end before their function does',
      before: rust`
        use std::thread;

        pub fn sum(values: &mut Vec<i32>) -> i32 {
            let (left, right) = values.split_at(values.len() / 2);
            let first = thread::spawn(|| left.iter().sum::<i32>());
            let second = thread::spawn(|| right.iter().sum::<i32>());
            first.join().unwrap() + second.join().unwrap()
        }
      `,
      after: rust`
        use std::thread;

        pub fn sum(values: &mut Vec<i32>) -> i32 {
            let (left, right) = values.split_at(values.len() / 2);
            thread::scope(|scope| {
                let first = scope.spawn(|| left.iter().sum::<i32>());
                let second = scope.spawn(|| right.iter().sum::<i32>());
                first.join().unwrap() + second.join().unwrap()
            })
        }
      `,
    },
  ],
};

/** Names of one thread's sharing, and of several threads'. */
const CROSSING: ReadonlyMap<string, string> = new Map([
  ['Rc', 'Arc'],
  ['RefCell', 'Mutex'],
  ['Cell', 'Mutex'],
]);
const PATHS: ReadonlyMap<string, string> = new Map([
  ['std::rc', 'std::sync'],
  ['std::cell', 'std::sync'],
]);

/** `Rc` → `Arc` and `RefCell` → `Mutex` in every file that uses them. */
function crossers(input: ProposeInput): Draft[] {
  const edits: Edit[] = [];
  let cells = false;
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null || !/\b(?:Rc|RefCell)\b/.test(source.text)) continue;
    for (const name of descendants(source.root, 'identifier', 'type_identifier')) {
      const other = name.text === 'Cell' ? undefined : CROSSING.get(name.text);
      if (other === undefined) continue;
      const list = enclosing(name, 'use_declaration');
      if (list === null) edits.push(source.edit(name.startIndex, name.endIndex, other));
      cells ||= name.text === 'RefCell';
    }
    edits.push(...imports(source));
    for (const call of descendants(source.root, 'call_expression')) {
      const method = methodCall(call);
      if (!cells || method === null || method.args.length > 0 || !/^borrow(?:_mut)?$/.test(method.name.text)) continue;
      edits.push(source.edit(method.name.startIndex, call.endIndex, 'lock().unwrap()'));
    }
    edits.push(...borrowsInMacros(source, cells));
  }
  return edits.length === 0
    ? []
    : [
        {
          title: cells ? '`Arc` and `Mutex`, which threads may share' : '`Arc`, which threads may share',
          edits,
          features: { agreement: 1, repeats: edits.length },
        },
      ];
}

/** `use std::rc::Rc;` → `use std::sync::Arc;`; imports of what is imported already go. */
function imports(source: SourceFile): Edit[] {
  const edits: Edit[] = [];
  const uses = descendants(source.root, 'use_declaration');
  const known = (name: string): boolean =>
    uses.some((use) => /std::sync\b/.test(use.text) && new RegExp(`\\b${name}\\b`).test(use.text));
  for (const use of uses) {
    const argument = use.childForFieldName('argument');
    if (!argument || !/\b(?:Rc|RefCell)\b/.test(use.text) || /\bWeak\b/.test(use.text)) continue;
    const names = [...use.text.matchAll(/\b(Rc|RefCell)\b/g)].map((match) => CROSSING.get(match[1] ?? '') ?? '');
    const path = [...PATHS.keys()].find((one) => argument.text.replace(/\s+/g, '').startsWith(`${one}::`));
    const others =
      path === undefined
        ? null
        : argument.text
            .replace(/\s+/g, '')
            .slice(path.length + 2)
            .replace(/^\{|\}$/g, '')
            .split(',')
            .filter((name) => name !== '' && !CROSSING.has(name));
    if (path === undefined || others === null) continue;
    if (others.length > 0) continue;
    const fresh = names.filter((name) => !known(name));
    const line = source.line(source.lineOf(use.startIndex));
    if (fresh.length === 0) edits.push(source.edit(line.start, Math.min(source.text.length, line.end + 1), ''));
    else
      edits.push(
        source.edit(
          argument.startIndex,
          argument.endIndex,
          fresh.length === 1 ? `std::sync::${fresh[0]}` : `std::sync::{${fresh.join(', ')}}`,
        ),
      );
  }
  return edits;
}

/** `x.borrow()` among a macro's tokens. */
function borrowsInMacros(source: SourceFile, cells: boolean): Edit[] {
  if (!cells) return [];
  return descendants(source.root, 'token_tree').flatMap((tree) =>
    tree.children.flatMap((child, index) => {
      const args = tree.children[index + 1];
      const isCall =
        child?.type === 'identifier' &&
        /^borrow(?:_mut)?$/.test(child.text) &&
        tree.children[index - 1]?.text === '.' &&
        args?.text === '()';
      return child !== null && isCall && args ? [source.edit(child.startIndex, args.endIndex, 'lock().unwrap()')] : [];
    }),
  );
}

/** The value behind an `Arc`, of which every thread takes a clone; what needs `&mut` or is not `Sync` behind a `Mutex` too. */
function shared(source: SourceFile, spawn: Node, local: Local): Draft[] {
  const places = placesOf(spawn, local);
  const closure = callArguments(spawn)[0];
  if (places === null || closure?.type !== 'closure_expression' || local.name === 'self') return [];
  const { name, value } = local;
  const clone = insertBefore(source, places.inner, `let ${name} = Arc::clone(&${name});`);
  const move = /^move\b/.test(closure.text) ? [] : [source.insert(closure.startIndex, 'move ')];
  const looped = !places.outer.equals(places.inner);
  const plain = local.plain && local.declaration.type === 'let_declaration' && value !== null && local.type === null;
  const drafts: Draft[] = [];
  if (plain && !/^(?:Arc|Rc)::/.test(value.text)) {
    drafts.push({
      title: `\`${name}\` behind an \`Arc\``,
      edits: [
        source.edit(value.startIndex, value.endIndex, `Arc::new(${value.text})`),
        clone,
        ...move,
        ...needs(source, spawn, ['Arc']),
      ],
      features: { agreement: /^(?:Mutex|RwLock|Atomic\w+)::/.test(value.text) ? 1 : 0.5 },
    });
  }
  if (looped && value !== null && /channel/.test(value.text)) {
    const calls = usesOf(source, local).filter(
      (use) => use.startIndex >= spawn.startIndex && use.endIndex <= spawn.endIndex,
    );
    drafts.push({
      title: `\`${name}\` behind an \`Arc\` and a \`Mutex\``,
      edits: [
        insertBefore(source, places.outer, `let ${name} = Arc::new(Mutex::new(${name}));`),
        clone,
        ...move,
        ...calls.map((use) => source.insert(use.endIndex, '.lock().unwrap()')),
        ...needs(source, spawn, ['Arc', 'Mutex']),
      ],
      features: { agreement: 1 },
    });
  }
  return drafts;
}

/** The imports that are not there. */
function needs(source: SourceFile, at: Node, names: readonly string[]): Edit[] {
  const uses = descendants(source.root, 'use_declaration').map((use) => use.text);
  const fresh = names.filter((name) => !uses.some((use) => new RegExp(`\\b${name}\\b`).test(use)));
  const path = fresh.length === 1 ? `std::sync::${fresh[0]}` : `std::sync::{${fresh.join(', ')}}`;
  const edit = fresh.length === 0 ? null : insertUse(source, at.startIndex, path);
  return edit === null ? [] : [edit];
}

/** Data that was only lent to the function, copied for the thread. */
function owned(source: SourceFile, spawn: Node, local: Local): Draft[] {
  const places = placesOf(spawn, local);
  const closure = callArguments(spawn)[0];
  if (places === null || closure?.type !== 'closure_expression' || local.type?.type !== 'reference_type') return [];
  if (local.type.children.some((child) => child?.type === 'mutable_specifier')) return [];
  const inner = local.type.childForFieldName('type');
  const copy = inner?.text === 'str' ? 'to_string' : inner?.type === 'array_type' ? 'to_vec' : 'clone';
  const move = /^move\b/.test(closure.text) ? [] : [source.insert(closure.startIndex, 'move ')];
  return [
    {
      title: `A copy of \`${local.name}\` for the thread`,
      edits: [insertBefore(source, places.inner, `let ${local.name} = ${local.name}.${copy}();`), ...move],
      features: { agreement: 0.8 },
    },
  ];
}

/** `thread::spawn` → `scope.spawn`, from the first thread's statement to the end of its block. */
function scoped(source: SourceFile, spawn: Node): Draft[] {
  const fn = enclosing(spawn, 'function_item');
  const body = fn?.childForFieldName('body');
  if (!body) return [];
  const statements = statementsOf(body);
  const spawns = descendants(body, 'call_expression').filter((call) =>
    /^(?:std::)?thread::spawn$/.test(call.childForFieldName('function')?.text ?? ''),
  );
  const from = statements.findIndex((one) =>
    spawns.some((call) => one.startIndex <= call.startIndex && call.endIndex <= one.endIndex),
  );
  const [first, last] = [statements[from], statements.at(-1)];
  if (first === undefined || last === undefined || spawns.length === 0) return [];
  const region = statements.slice(from);
  if (region.some((one) => descendants(one, 'return_expression', 'try_expression').length > 0)) return [];
  const indent = source.indentAt(first.startIndex);
  const edits: Edit[] = [
    source.insert(
      first.startIndex,
      `${spawns[0]?.childForFieldName('function')?.text.replace(/spawn$/, 'scope')}(|scope| {${source.newline}${indent}    `,
    ),
    source.insert(last.endIndex, `${source.newline}${indent}})`),
    ...spawns.map((call) => {
      const callee = call.childForFieldName('function') as Node;
      return source.edit(callee.startIndex, callee.endIndex, 'scope.spawn');
    }),
  ];
  for (let line = source.lineOf(first.startIndex) + 1; line <= source.lineOf(last.endIndex); line += 1) {
    const range = source.line(line);
    if (source.slice(range).trim() !== '') edits.push(source.insert(range.start, '    '));
  }
  return [{ title: 'Scoped threads', edits, features: { agreement: 0.7 } }];
}
