// Whether uses of a variable change it, told by their form alone. Borrowed and moved uses are told apart elsewhere.
import type { Node } from '../../../tools/index/source.ts';

/** Whether a use changes the variable: a second assignment, `+=`, `&mut`, an indexed or field assignment. */
export function changes(use: Node): boolean {
  let place: Node = use;
  while (
    place.parent !== null &&
    ['index_expression', 'field_expression'].includes(place.parent.type) &&
    place.parent.startIndex === place.startIndex
  ) {
    place = place.parent;
  }
  const parent = place.parent;
  if (parent === null) return false;
  const target = parent.childForFieldName('left')?.startIndex === place.startIndex;
  if (parent.type === 'compound_assignment_expr' || parent.type === 'assignment_expression') return target;
  return parent.type === 'reference_expression' && /^&\s*mut\b/.test(parent.text);
}

/** Whether a method of a usual name changes it: `push`, `insert`, `sort`. */
export function mutated(uses: readonly Node[]): boolean {
  return uses.some((use) => {
    const field = use.parent?.type === 'field_expression' ? use.parent.childForFieldName('field')?.text : undefined;
    return (
      field !== undefined &&
      /^(push|insert|remove|pop|sort|clear|extend|append|retain|truncate|entry|get_mut|iter_mut)/.test(field)
    );
  });
}
