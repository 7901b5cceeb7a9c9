// How much of a program a repair took away: items, statements and match arms, counted in the texts before and after. It
// knows nothing of how the repair was made, nor of the guard that is meant to keep it from this. Pure.
import { descendants, SourceFile } from '../../tools/index/source.ts';
import type { Texts } from './layout.ts';

const items = [
  'function_item',
  'function_signature_item',
  'struct_item',
  'enum_item',
  'union_item',
  'trait_item',
  'impl_item',
  'const_item',
  'static_item',
  'type_item',
  'mod_item',
  'macro_definition',
  'enum_variant',
  'field_declaration',
] as const;
const arms = ['match_arm'] as const;

/** Items, statements and arms fewer than before, added up over the kinds. Needs the grammar to be loaded. */
export function removedFrom(before: Texts, after: Texts): number {
  const was = count(before);
  const is = count(after);
  return was.reduce((sum, number, kind) => sum + Math.max(0, number - (is[kind] as number)), 0);
}

function count(texts: Texts): [number, number, number] {
  const counts: [number, number, number] = [0, 0, 0];
  for (const [path, bytes] of texts) {
    if (!path.endsWith('.rs')) continue;
    const { root } = new SourceFile(path, Buffer.from(bytes).toString('utf8'));
    counts[0] += descendants(root, ...items).length;
    // A statement is whatever stands in a block, the value at its end included.
    for (const block of descendants(root, 'block'))
      counts[1] += block.namedChildren.filter(
        (child) => child !== null && !/comment|attribute|_item$/.test(child.type),
      ).length;
    counts[2] += descendants(root, ...arms).length;
  }
  return counts;
}
