// Methods of an implementation: reading them, putting one in, and moving one in from elsewhere.
import type { Edit } from '../../../schemas/types.ts';
import { descendants, type Node, type SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { namedChildren } from './expressions.ts';
import { functionOf, type RustFunction } from './functions.ts';
import { localAt } from './locals.ts';
import { wholeLines } from './statements.ts';

export const lastName = (node: Node | null): string => node?.text.split('<')[0]?.split('::').at(-1)?.trim() ?? '';

export function methodsOf(source: SourceFile, item: Node): RustFunction[] {
  const body = item.childForFieldName('body');
  return (body === null ? [] : namedChildren(body)).flatMap((child) => functionOf(source, child) ?? []);
}

/** An item of the trait's impl, as its first or its last, on lines of its own. */
export function inserted(source: SourceFile, impl: Node, text: string, where: 'first' | 'last'): Edit {
  const body = impl.childForFieldName('body') as Node;
  const { newline } = source;
  const outer = source.indentAt(impl.startIndex);
  const items = namedChildren(body);
  const indent = items[0] === undefined ? `${outer}    ` : source.indentAt(items[0].startIndex);
  const lines = text
    .split(/\r?\n/)
    .map((line) => (line.trim() === '' ? '' : indent + line))
    .join(newline);
  if (items.length === 0)
    return source.edit(body.startIndex + 1, body.endIndex - 1, `${newline}${lines}${newline}${outer}`);
  if (where === 'first') {
    const apart = items[0]?.type === 'function_item' ? newline : '';
    return source.insert(body.startIndex + 1, `${newline}${lines}${apart}`);
  }
  const last = items.at(-1) as Node;
  return source.insert(last.endIndex, `${newline}${newline}${lines}`);
}

/** The method stands in an inherent impl of the same type: it moves, without its `pub`. */
export function moveIn(input: ProposeInput, source: SourceFile, impl: Node, name: string): Edit[] | null {
  const type = lastName(impl.childForFieldName('type'));
  for (const path of input.files) {
    const file = input.source(path);
    if (file === null) continue;
    for (const other of descendants(file.root, 'impl_item')) {
      if (other.childForFieldName('trait') !== null || lastName(other.childForFieldName('type')) !== type) continue;
      const fn = methodsOf(file, other).find((one) => one.name === name && one.self !== null);
      if (fn === undefined) continue;
      const modifier = namedChildren(fn.node).find((child) => child.type === 'visibility_modifier');
      const text =
        modifier === undefined ? fn.node.text : file.text.slice(modifier.endIndex, fn.node.endIndex).trimStart();
      const own = file.indentAt(fn.node.startIndex);
      const plain = text.split(/\r?\n/).map((line) => (line.startsWith(own) ? line.slice(own.length) : line));
      const gone = methodsOf(file, other).length === 1 ? other : fn.node;
      return [inserted(source, impl, plain.join('\n'), 'last'), removed(file, gone)];
    }
  }
  return null;
}

/** Removes an item's lines with the blank line behind or before it. */
export function removed(source: SourceFile, item: Node): Edit {
  const lines = wholeLines(source, item);
  if (lines === null) return source.edit(item.startIndex, item.endIndex, '');
  const behind = /^[ \t]*\r?\n/.exec(source.text.slice(lines.end))?.[0].length ?? 0;
  const before = behind > 0 ? 0 : (/(?:\r?\n)[ \t]*\r?\n$/.exec(source.text.slice(0, lines.start))?.[0].length ?? 0);
  return source.edit(before > 0 ? lines.start - before + source.newline.length : lines.start, lines.end + behind, '');
}

/** A function of its own that takes the type as its first parameter: it becomes the method. */
export function freeIn(input: ProposeInput, source: SourceFile, impl: Node, name: string): Edit[] | null {
  const type = lastName(impl.childForFieldName('type'));
  for (const path of input.files) {
    const file = input.source(path);
    for (const item of file === null ? [] : descendants(file.root, 'function_item')) {
      const fn = file === null ? null : functionOf(file, item);
      const first = fn?.parameters[0];
      if (file === null || fn?.name !== name || fn.self !== null || first?.pattern.type !== 'identifier') continue;
      const of = first.type.type === 'reference_type' ? first.type.childForFieldName('type') : first.type;
      const borrow = /^&\s*(?:mut\b)?/.exec(first.type.text)?.[0].replace(/\s+/g, '') ?? '';
      if (lastName(of) !== type || item.parent?.type !== 'source_file') continue;
      const taken = borrow === '&mut' ? '&mut self' : `${borrow}self`;
      const changes = [
        { start: first.node.startIndex, end: first.node.endIndex, text: taken },
        ...descendants(item, 'identifier', 'self')
          .filter((use) => use.text === first.pattern.text && localAt(file, use)?.node.equals(first.pattern) === true)
          .filter((use) => use.startIndex !== first.pattern.startIndex)
          .map((use) => ({ start: use.startIndex, end: use.endIndex, text: 'self' })),
      ].sort((a, b) => b.start - a.start);
      let text = item.text;
      for (const change of changes)
        text = text.slice(0, change.start - item.startIndex) + change.text + text.slice(change.end - item.startIndex);
      return [inserted(source, impl, text.replace(/^pub(?:\([^)]*\))?\s+/, ''), 'last'), removed(file, item)];
    }
  }
  return null;
}
