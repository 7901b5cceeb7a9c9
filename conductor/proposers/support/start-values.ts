// What a variable may start from, by its type or by what is done with it. All of it is invented: a person would choose.
import type { Node } from '../../../tools/index/source.ts';
import { isFloat, isInteger, isPath, type RustType } from './rust-type.ts';

const EMPTY: ReadonlyMap<string, string> = new Map([
  ['String', 'String::new()'],
  ['Vec', 'Vec::new()'],
  ['HashMap', 'std::collections::HashMap::new()'],
  ['HashSet', 'std::collections::HashSet::new()'],
  ['BTreeMap', 'std::collections::BTreeMap::new()'],
  ['BTreeSet', 'std::collections::BTreeSet::new()'],
  ['VecDeque', 'std::collections::VecDeque::new()'],
  ['BinaryHeap', 'std::collections::BinaryHeap::new()'],
  ['Option', 'None'],
  ['bool', 'false'],
]);

/** The neutral value of a type; `product` for one that is multiplied. null where none stands out. */
export function startOf(type: RustType, product: boolean): string | null {
  if (isInteger(type)) return product ? '1' : '0';
  if (isFloat(type)) return product ? '1.0' : '0.0';
  return type.kind === 'path' && isPath(type, ...EMPTY.keys()) ? (EMPTY.get(type.name) ?? null) : null;
}

/** Whether one of the uses multiplies the variable. */
export function isProduct(uses: readonly Node[]): boolean {
  return uses.some((use) => compound(use)?.childForFieldName('operator')?.text === '*=');
}

/** Start values by how the variable is used. */
export function startValues(uses: readonly Node[]): string[] {
  const values: string[] = [];
  for (const use of uses) {
    const assignment = compound(use);
    if (assignment !== null) {
      const right = assignment.childForFieldName('right')?.text ?? '';
      values.push(isProduct([use]) ? '1' : '0', ...(/\./.test(right) ? ['0.0'] : []));
    }
    const parent = use.parent;
    const method = parent?.type === 'field_expression' ? parent.childForFieldName('field')?.text : undefined;
    if (method === 'push' || method === 'extend') values.push('Vec::new()', 'String::new()');
    if (method === 'push_str') values.push('String::new()');
    if (method === 'entry' || method === 'insert')
      values.push('std::collections::HashMap::new()', 'std::collections::HashSet::new()');
    if (method === 'push_back') values.push('std::collections::VecDeque::new()');
  }
  return [...new Set(values)];
}

/** The compound assignment whose left side a use is. */
function compound(use: Node): Node | null {
  const parent = use.parent;
  return parent?.type === 'compound_assignment_expr' && parent.childForFieldName('left')?.id === use.id ? parent : null;
}
