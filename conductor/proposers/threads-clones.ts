// E0373, E0382: threads that share what is made to be shared. Each takes its own clone of an `Arc` or a `Sender` from outside its
// closure and moves it in, all of them in one repair; a `Sender` of which only clones are used is dropped before its
// receiver is read to the end, which would wait for it for ever.
//
// for i in 0..n { thread::spawn(|| tx.send(i)); }                                       for v in rx { … }    before
// for i in 0..n { let tx = tx.clone(); thread::spawn(move || tx.send(i)); }  drop(tx);  for v in rx { … }    after
//
// What is not behind an `Arc` yet is threads'.
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments } from './support/expressions.ts';
import { bindings, type Local, usesOf } from './support/locals.ts';
import { rust } from './support/rust.ts';
import { captured, placesOf, spawnsAt } from './support/spawns.ts';
import { insertBefore, statementOf } from './support/statements.ts';

export const threadsClones: Proposer = {
  name: 'threads-clones',
  codes: ['E0373', 'E0382'],
  propose(input) {
    const source = input.source(input.diagnostic.spans.find((span) => span.primary)?.file ?? '');
    if (source === null || !source.text.includes('spawn')) return [];
    return sound(spawnsAt(input, source).flatMap((spawn) => cloned(source, spawn)));
  },
  examples: [
    {
      title: 'two of them',
      before: rust`
        use std::sync::{Arc, Mutex};
        use std::thread;

        pub fn count(words: Vec<String>) -> usize {
            let total = Arc::new(Mutex::new(0));
            let least = Arc::new(3);
            let mut handles = Vec::new();
            for word in words {
                handles.push(thread::spawn(|| {
                    if word.len() > *least {
                        *total.lock().unwrap() += word.len();
                    }
                }));
            }
            for handle in handles {
                handle.join().unwrap();
            }
            let sum = *total.lock().unwrap();
            sum
        }
      `,
      after: rust`
        use std::sync::{Arc, Mutex};
        use std::thread;

        pub fn count(words: Vec<String>) -> usize {
            let total = Arc::new(Mutex::new(0));
            let least = Arc::new(3);
            let mut handles = Vec::new();
            for word in words {
                let total = Arc::clone(&total);
                let least = Arc::clone(&least);
                handles.push(thread::spawn(move || {
                    if word.len() > *least {
                        *total.lock().unwrap() += word.len();
                    }
                }));
            }
            for handle in handles {
                handle.join().unwrap();
            }
            let sum = *total.lock().unwrap();
            sum
        }
      `,
      within: 1,
    },
    {
      title: 'a sender, and the one that is left',
      before: rust`
        use std::sync::mpsc;
        use std::thread;

        pub fn squares(n: u32) -> Vec<u32> {
            let (tx, rx) = mpsc::channel();
            for i in 0..n {
                thread::spawn(move || {
                    tx.send(i * i).unwrap();
                });
            }
            rx.iter().collect()
        }
      `,
      after: rust`
        use std::sync::mpsc;
        use std::thread;

        pub fn squares(n: u32) -> Vec<u32> {
            let (tx, rx) = mpsc::channel();
            for i in 0..n {
                let tx = tx.clone();
                thread::spawn(move || {
                    tx.send(i * i).unwrap();
                });
            }
            drop(tx);
            rx.iter().collect()
        }
      `,
      within: 1,
    },
    {
      title: 'one thread, and a use behind it',
      before: rust`
        use std::sync::{Arc, RwLock};
        use std::thread;

        pub fn fill(store: Arc<RwLock<Vec<u8>>>) -> usize {
            let handle = thread::spawn(move || store.write().unwrap().push(1));
            handle.join().unwrap();
            let len = store.read().unwrap().len();
            len
        }
      `,
      after: rust`
        use std::sync::{Arc, RwLock};
        use std::thread;

        pub fn fill(store: Arc<RwLock<Vec<u8>>>) -> usize {
            let shared_store = Arc::clone(&store);
            let handle = thread::spawn(move || shared_store.write().unwrap().push(1));
            handle.join().unwrap();
            let len = store.read().unwrap().len();
            len
        }
      `,
      within: 1,
    },
  ],
};

/** Clones for one thread's closure; nothing where it takes nothing that is shared. */
function cloned(source: SourceFile, spawn: Node): Draft[] {
  const closure = callArguments(spawn)[0];
  if (closure?.type !== 'closure_expression') return [];
  const edits: Edit[] = [];
  const lines: string[] = [];
  const inner = statementOf(spawn);
  if (inner === null) return [];
  for (const local of captured(source, spawn)) {
    const places = placesOf(spawn, local);
    const clone = cloneOf(local);
    if (places === null || clone === null) continue;
    const looped = !places.outer.equals(places.inner);
    const uses = usesOf(source, local);
    const later = uses.some((use) => use.startIndex > spawn.endIndex);
    if (!looped && !later) continue;
    // In the same block as what is used later, the clone needs a name of its own.
    const name = looped ? local.name : `shared_${local.name}`;
    lines.push(`let ${name} = ${clone};`);
    if (!looped)
      for (const use of uses)
        if (use.startIndex >= spawn.startIndex && use.endIndex <= spawn.endIndex)
          edits.push(source.edit(use.startIndex, use.endIndex, name));
    if (looped && clone.endsWith('.clone()') && !later && readToTheEnd(source, local, places.outer))
      edits.push(
        source.insert(
          places.outer.endIndex,
          `${source.newline}${source.indentAt(places.outer.startIndex)}drop(${local.name});`,
        ),
      );
  }
  if (lines.length === 0) return [];
  edits.push(insertBefore(source, inner, lines.join(source.newline + source.indentAt(inner.startIndex))));
  if (!/^move\b/.test(closure.text)) edits.push(source.insert(closure.startIndex, 'move '));
  return [{ title: 'A clone for every thread', edits, features: { agreement: 1, idiom: 1, repeats: lines.length } }];
}

/** How a binding that is made to be shared is cloned; null for all others. */
function cloneOf({ name, type, value, declaration }: Local): string | null {
  const written = type?.text ?? '';
  const made = value?.text ?? '';
  if (/^(?:std::sync::)?Arc</.test(written) || /^(?:std::sync::)?Arc::(?:new|clone|from)\b/.test(made))
    return `Arc::clone(&${name})`;
  const channel = /\b(?:sync_)?channel(?:::<.*>)?\(/.test(made);
  const first = declaration.childForFieldName('pattern')?.namedChild(0)?.text.replace(/^mut /, '') === name;
  if (/\bSender</.test(written) || (channel && first)) return `${name}.clone()`;
  return null;
}

/** Whether the receiver of a sender's channel is read until no sender is left, behind `after`. */
function readToTheEnd(source: SourceFile, sender: Local, after: Node): boolean {
  const fn = enclosing(after, 'function_item');
  const receiver =
    fn === null
      ? undefined
      : bindings(source, fn).find((one) => one.declaration.equals(sender.declaration) && !one.node.equals(sender.node));
  if (receiver === undefined) return false;
  return usesOf(source, receiver).some((use) => {
    if (use.startIndex < after.endIndex) return false;
    const loop = enclosing(use, 'for_expression');
    if (loop?.childForFieldName('value')?.equals(use) === true) return true;
    const method = use.parent?.type === 'field_expression' ? use.parent.childForFieldName('field')?.text : undefined;
    if (method === 'iter' || method === 'into_iter') return true;
    const waiting = enclosing(use, 'while_expression', 'loop_expression');
    return (
      method === 'recv' &&
      waiting !== null &&
      statementOf(waiting) !== null &&
      descendants(waiting, 'break_expression').length === 0
    );
  });
}
