// Lifetimes as edits of a signature: where a reference has none, and how one is declared, said and handed on.
import type { Edit } from '../../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';

/** References without a lifetime under `node`, functions and closures in types left out. */
export function bareReferences(node: Node): Node[] {
  return descendants(node, 'reference_type').filter(
    (type) =>
      !type.namedChildren.some((child) => child?.type === 'lifetime') &&
      enclosing(type.parent, 'function_type') === null,
  );
}

export function name(source: SourceFile, reference: Node, lifetime: string): Edit {
  return source.insert(reference.startIndex + 1, `${lifetime} `);
}

/** A new lifetime in front of an item's generic parameters. */
export function declare(source: SourceFile, item: Node, after: Node): Edit {
  const parameters = item.childForFieldName('type_parameters');
  return parameters === null ? source.insert(after.endIndex, "<'a>") : source.insert(parameters.startIndex + 1, "'a, ");
}

/** `Name` → `Name<'a>`, `Name<T>` → `Name<'a, T>`. */
export function argument(source: SourceFile, used: Node): Edit {
  const list = used.parent?.type === 'generic_type' ? used.parent.childForFieldName('type_arguments') : null;
  return list === null ? source.insert(used.endIndex, "<'a>") : source.insert(list.startIndex + 1, "'a, ");
}

/** References without a lifetime in the associated types of an implementation. */
export function associatedReferences(impl: Node): Node[] {
  return descendants(impl, 'type_item')
    .filter((item) => item.parent?.parent?.equals(impl) === true)
    .flatMap((item) => {
      const type = item.childForFieldName('type');
      return type === null ? [] : bareReferences(type);
    });
}
