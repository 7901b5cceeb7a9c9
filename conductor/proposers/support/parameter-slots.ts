// Parameters that are known to be missing without a look at calls: what a trait declares and its implementation lacks, and what a
// type parameter that nothing uses was meant for.
import type { Diagnostic } from '../../../schemas/types.ts';
import { descendants, enclosing } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { namedChildren } from './expressions.ts';
import { functionOf, type RustFunction } from './functions.ts';

/** A parameter that is known to be missing: where it stands, its type, and whether it has to be mutable. */
export interface Slot {
  readonly index: number;
  readonly type: string;
  readonly mutable: boolean;
}

/** What the trait's declaration has and its implementation has not (E0050), where that is one parameter. */
export function slotOfTrait(input: ProposeInput, fn: RustFunction): Slot | null {
  const { source, node } = fn;
  const shorter = input.errors.find(
    ({ code, spans }) =>
      code === 'E0050' &&
      spans.some((span) => {
        const at = span.primary && span.file === source.path ? source.range(span).start : -1;
        return at >= node.startIndex && at < node.endIndex;
      }),
  );
  if (shorter === undefined) return null;
  const types = typesInTrait(input, shorter, fn);
  if (types.length !== fn.parameters.length + 1) return null;
  const own = fn.parameters.map(({ type }) => plain(type.text));
  const fits = (index: number): boolean =>
    own.every((type, place) => type === plain(types[place < index ? place : place + 1] as string));
  const index = [...types.keys()].findLast(fits);
  return index === undefined ? null : { index, type: writtenHere(fn, types[index] as string), mutable: false };
}

/** A type that another crate's trait declares, as this file writes it: `fmt::Formatter` for `Formatter`, the trait's argument for `T`. */
function writtenHere({ source, node }: RustFunction, type: string): string {
  const trait = enclosing(node, 'impl_item')?.childForFieldName('trait') ?? null;
  const list = trait?.type === 'generic_type' ? trait.childForFieldName('type_arguments') : null;
  const given =
    list === null ? [] : namedChildren(list).filter((one) => one.type !== 'lifetime' && one.type !== 'type_binding');
  const declared = enclosing(node, 'impl_item')?.childForFieldName('type_parameters')?.text ?? '';
  const own =
    given.length === 1
      ? type.replace(/\b(?:[A-Z]|Rhs|Idx)\b/g, (name) =>
          new RegExp(`\\b${name}\\b`).test(declared) ? name : (given[0]?.text ?? name),
        )
      : type;
  const imported = descendants(source.root, 'use_declaration').map((use) => use.text);
  return own.replace(/(?<![\w:'])[A-Z]\w+\b/g, (name) => {
    if (imported.some((use) => new RegExp(`\\b${name}\\b`).test(use))) return name;
    const reached = new RegExp(`(?<![\\w:])(?:\\w+::)+${name}\\b`).exec(source.text)?.[0];
    if (reached !== undefined || source.root.text.includes(`struct ${name}`)) return reached ?? name;
    // What a trait's methods take mostly stands beside it.
    return `${/^(?:\w+::)+/.exec(trait?.text ?? '')?.[0] ?? ''}${name}`;
  });
}

/** Types of the parameters that the trait declares, `self` left out: of its source, or as the compiler tells them. */
function typesInTrait(input: ProposeInput, { spans, notes }: Diagnostic, fn: RustFunction): readonly string[] {
  for (const span of spans) {
    const source = span.primary ? null : input.source(span.file);
    const declared =
      source === null
        ? null
        : functionOf(source, enclosing(source.nodeAt(source.range(span)), 'function_signature_item', 'function_item'));
    if (declared?.name === fn.name) return declared.parameters.map(({ type }) => type.text);
  }
  const told = notes.map(({ message }) => /from trait: `fn\((.*)\)(?: -> .*)?`$/.exec(message)?.[1]).find(Boolean);
  // Commas between types stand outside of every bracket.
  const types = told?.match(/(?:[^,<([]|<[^>]*>|\([^)]*\)|\[[^\]]*\])+/g) ?? [];
  return types.map((type) => type.trim()).slice(fn.self === null ? 0 : 1);
}

/** A type for comparison: without lifetimes, paths and spaces. */
const plain = (type: string): string => type.replace(/'\w+\s*|(?:\w+::)+|\s+/g, '');

/** A type parameter that nothing uses and that is called as the value is: `skip` and `Skip`. */
export function slotOfGeneric(fn: RustFunction, name: string): Slot | null {
  const generics = fn.node.childForFieldName('type_parameters');
  if (generics === null) return null;
  const names = descendants(generics, 'type_parameter').map((one) => one.childForFieldName('name')?.text ?? '');
  const bare = (text: string): string => text.replaceAll('_', '').toLowerCase();
  const own = names.findIndex((one) => bare(one) === bare(name));
  const type = names[own];
  const used = new RegExp(`\\b${type}\\b`);
  if (type === undefined || fn.parameters.some((parameter) => used.test(parameter.type.text))) return null;
  const later = names.slice(own + 1);
  const index = fn.parameters.findIndex((parameter) => later.includes(parameter.type.text));
  const bounds = `${generics.text} ${descendants(fn.node, 'where_clause')[0]?.text ?? ''}`;
  const mutable = new RegExp(`\\b${type}\\s*:\\s*[^,{]*\\bFnMut\\b`).test(bounds);
  return { index: index < 0 ? fn.parameters.length : index, type, mutable };
}
