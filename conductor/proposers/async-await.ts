// E0308, E0277, E0369, E0599, E0600, E0608, E0614, E0609: a future stands where its value is meant. Calls of the crate's
// async functions that nothing waits for are awaited, all of a function at once. `await` in functions that are not async is
// consts's.
//
// let sum = load(1) + load(2).await;           before
// let sum = load(1).await + load(2).await;     after
import { descendants, enclosing, type Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { nodeOf, placeOf } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { calleeOf, functionsNamed } from './support/functions.ts';
import { localAt } from './support/locals.ts';
import { rust } from './support/rust.ts';

export const asyncAwait: Proposer = {
  name: 'async-await',
  codes: ['E0308', 'E0277', 'E0369', 'E0599', 'E0600', 'E0608', 'E0614', 'E0609'],
  propose(input) {
    const { diagnostic } = input;
    const span = diagnostic.spans.find((one) => one.primary);
    const place = span === undefined ? undefined : placeOf(input, span)[0];
    if (place === undefined || !/\b[Ff]uture\b/.test(diagnostic.rendered)) return [];
    const fn = enclosing(nodeOf(place), 'function_item', 'async_block', 'closure_expression');
    const isAsync = fn?.type === 'async_block' || /\basync\b/.test(fn?.text.slice(0, fn.text.indexOf('(')) ?? '');
    if (fn === null || !isAsync) return [];
    const { source } = place;
    const waiting = descendants(fn, 'call_expression').filter(
      (call) =>
        isFuture(input, call) &&
        !isHandled(call) &&
        enclosing(call, 'function_item', 'async_block', 'closure_expression')?.equals(fn),
    );
    const near = waiting.filter(
      (call) =>
        (place.range.start <= call.startIndex && call.endIndex <= place.range.end) ||
        (call.startIndex <= place.range.start && place.range.end <= call.endIndex) ||
        descendants(nodeOf(place), 'identifier').some((name) => localAt(source, name)?.value?.equals(call)),
    );
    const draft = (calls: readonly Node[], agreement: number): Draft => ({
      title:
        calls.length === 1 ? `Wait for \`${calls[0]?.text.slice(0, 40)}\`` : 'Wait for all calls of async functions',
      edits: calls.map((call) => source.insert(call.endIndex, '.await')),
      features: { agreement, repeats: calls.length },
    });
    return sound([
      ...(waiting.length > 0 ? [draft(waiting, 1)] : []),
      ...(near.length > 0 && near.length < waiting.length ? [draft(near, 0.7)] : []),
    ]);
  },
  examples: [
    {
      title: 'an operand and a binding',
      before: rust`
        async fn load(n: u32) -> u32 {
            n * 2
        }

        pub async fn sum() -> u32 {
            let first = load(1);
            let second = load(2).await;
            first + second + load(3)
        }
      `,
      after: rust`
        async fn load(n: u32) -> u32 {
            n * 2
        }

        pub async fn sum() -> u32 {
            let first = load(1).await;
            let second = load(2).await;
            first + second + load(3).await
        }
      `,
      within: 1,
    },
    {
      title: 'a result that is asked for with `?`',
      before: rust`
        async fn get(n: u32) -> Result<u32, String> {
            if n == 0 { Err("none".to_string()) } else { Ok(n) }
        }

        pub async fn both() -> Result<u32, String> {
            let a = get(1)?;
            let b = get(2)?;
            Ok(a + b)
        }
      `,
      after: rust`
        async fn get(n: u32) -> Result<u32, String> {
            if n == 0 { Err("none".to_string()) } else { Ok(n) }
        }

        pub async fn both() -> Result<u32, String> {
            let a = get(1).await?;
            let b = get(2).await?;
            Ok(a + b)
        }
      `,
      within: 1,
    },
  ],
};

/** Whether a call calls an async function of the crate. */
function isFuture(input: ProposeInput, call: Node): boolean {
  const fns = functionsNamed(input, calleeOf(call)?.name.text ?? '');
  return fns.length > 0 && fns.every(({ node }) => /\basync\b/.test(node.text.slice(0, node.text.indexOf('fn '))));
}

/** Whether the future is awaited, or given on as one. */
function isHandled(call: Node): boolean {
  const parent = call.parent;
  if (parent?.type === 'await_expression') return true;
  const taker = parent?.type === 'arguments' ? parent.parent?.childForFieldName('function')?.text : undefined;
  return taker !== undefined && /(?:^|::)(?:spawn|block_on|pin|new|join|select|run)$/.test(taker);
}
