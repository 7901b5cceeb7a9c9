// Where a `use` belongs, as an edit. Which path to import is the proposers' work.
import type { Edit } from '../../../schemas/types.ts';
import { enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';

/**
 * Inserts `use path;` into the module that holds index `at`: behind its first run of imports, else at its top. null when
 * the module imports that path by its own name already.
 */
export function insertUse(file: SourceFile, at: number, path: string): Edit | null {
  const inside = file.nodeAt({ start: Math.min(at, file.text.length), end: Math.min(at, file.text.length) });
  const module = enclosing(inside, 'mod_item')?.childForFieldName('body') ?? file.root;
  const children = module.namedChildren.filter((child): child is Node => child !== null);
  const imports = children.filter((child) => child.type === 'use_declaration');
  if (imports.some((child) => child.text.replace(/^pub\s+/, '') === `use ${path};`)) return null;
  const statement = `use ${path};`;
  const first = imports[0];
  if (first !== undefined) {
    let last = first;
    for (let next = last.nextNamedSibling; next?.type === 'use_declaration'; next = last.nextNamedSibling) last = next;
    const indent = file.indentAt(last.startIndex);
    return file.insert(
      file.line(file.lineOf(Math.max(0, last.endIndex - 1))).end,
      `${file.newline}${indent}${statement}`,
    );
  }
  const header = ['inner_attribute_item', 'line_comment', 'block_comment', 'extern_crate_declaration', 'shebang'];
  let top: Node | null = null;
  for (const child of children) {
    if (!header.includes(child.type) || (child.type.endsWith('comment') && !/^(\/\/!|\/\*!)/.test(child.text))) break;
    top = child;
  }
  if (top !== null) {
    const end = file.line(file.lineOf(Math.max(0, top.endIndex - 1))).end;
    return file.insert(end, `${file.newline}${file.newline}${statement}`);
  }
  if (module === file.root || module.type === 'source_file')
    return file.insert(0, `${statement}${file.newline}${file.newline}`);
  const indent = children[0] === undefined ? '    ' : file.indentAt(children[0].startIndex);
  return file.insert(module.startIndex + 1, `${file.newline}${indent}${statement}${file.newline}`);
}
