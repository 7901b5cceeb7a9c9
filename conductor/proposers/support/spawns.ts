// Threads that are started: the calls, what their closures take from outside, and the statements around them.
import { descendants, enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { bindings, type Local, usesOf } from './locals.ts';
import { statementOf } from './statements.ts';

/** The `thread::spawn` calls that the error's places lie in. */
export function spawnsAt(input: ProposeInput, source: SourceFile): Node[] {
  const spawns = descendants(source.root, 'call_expression').filter((call) =>
    /(?:^|::)spawn$/.test(call.childForFieldName('function')?.text ?? ''),
  );
  const found = spawns.filter((call) =>
    input.diagnostic.spans.some((span) => {
      const range = source.range(span);
      return call.startIndex <= range.start && range.end <= call.endIndex;
    }),
  );
  return found;
}

/** Bindings from outside that a thread's closure uses. */
export function captured(source: SourceFile, spawn: Node): Local[] {
  const fn = enclosing(spawn, 'function_item');
  return fn === null
    ? []
    : bindings(source, fn).filter(
        (local) =>
          local.node.endIndex <= spawn.startIndex &&
          usesOf(source, local).some((use) => use.startIndex >= spawn.startIndex && use.endIndex <= spawn.endIndex),
      );
}

/** Statements of the loops around a thread that do not hold the declaration, and the one with the thread. */
export function placesOf(spawn: Node, local: Local): { readonly inner: Node; readonly outer: Node } | null {
  const inner = statementOf(spawn);
  let outer = inner;
  for (let at = inner?.parent ?? null; at !== null && outer !== null; at = at.parent) {
    if (at.startIndex <= local.node.startIndex && local.node.endIndex <= at.endIndex) break;
    if (at.parent?.type === 'block') outer = at;
  }
  return inner === null || outer === null ? null : { inner, outer };
}
