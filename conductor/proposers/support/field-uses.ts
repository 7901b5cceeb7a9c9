// Places that read or set a field which its struct does not declare, by the compiler's errors.
import { enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { quotedParts } from './mismatch.ts';
import { isPath, parseType, type RustType } from './rust-type.ts';

export interface FieldUse {
  readonly source: SourceFile;
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly type: string;
  /** The struct expression that sets it; null for an access. */
  readonly expression: Node | null;
  readonly shorthand: boolean;
}

/** The missing field at the diagnostic and wherever the same name is missed on the same type. */
export function usesOf(input: ProposeInput): FieldUse[] {
  const own = useAt(input, input.diagnostic);
  if (own === null) return [];
  const others = input.errors.flatMap((error) => {
    const other = error === input.diagnostic ? null : useAt(input, error);
    return other !== null && other.name === own.name && other.type === own.type ? [other] : [];
  });
  return [own, ...others].filter(
    (use, index, all) => all.findIndex((one) => one.start === use.start && one.source === use.source) === index,
  );
}

function useAt(input: ProposeInput, diagnostic: ProposeInput['diagnostic']): FieldUse | null {
  if (!['E0609', 'E0560', 'E0559', 'E0026'].includes(diagnostic.code ?? '')) return null;
  const span = diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null) return null;
  const { start, end } = source.range(span);
  const quoted = quotedParts(diagnostic.message);
  const type = parseType(
    diagnostic.code === 'E0609'
      ? (quoted[1] ?? '')
      : (quoted.find((part) => part !== source.text.slice(start, end)) ?? ''),
  );
  const bare = bareName(type);
  const name = source.text.slice(start, end);
  if (bare === null || !/^\w+$/.test(name)) return null;
  const node = source.nodeAt({ start, end });
  const shorthand = node.parent?.type === 'shorthand_field_initializer' || node.type === 'shorthand_field_identifier';
  const expression = diagnostic.code === 'E0609' ? null : enclosing(node, 'struct_expression', 'struct_pattern');
  return { source, start, end, name, type: bare, expression, shorthand };
}

function bareName(type: RustType | null): string | null {
  if (type?.kind === 'ref') return bareName(type.of);
  if (isPath(type, 'Box', 'Rc', 'Arc') && type.args[0]) return bareName(type.args[0]);
  return type?.kind === 'path' ? type.path : null;
}
