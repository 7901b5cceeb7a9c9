// Names that other languages and systems have for an item, as its sources say them: `#[doc(alias = "mkdir")]` above
// `fn create_dir`. The pages of the items do not show them; the rendered sources beside them do.
import { sourcesWith } from './sources.ts';

/** By the name of an item, the names that stand for it. */
export type Aliases = ReadonlyMap<string, readonly string[]>;

const attribute = /#\[(?:cfg_attr\([^,]*,\s*)?doc\((alias\b.*)/;
const declared =
  /^(?:pub(?:\([^)]*\))?\s+)?(?:(?:default|const|async|unsafe|auto|safe|extern(?:\s+"[^"]*")?)\s+)*(?:fn|struct|enum|union|trait|type|mod|macro|macro_rules!)\s+([A-Za-z_]\w*)/;
/** What may stand between an attribute and what it is about. */
const between = /^(?:#|\/\/|\)|$)/;

/** Aliases in one file of Rust, added to `into`. Symbols (`&`, `..`) are no words, and left out. */
export function aliasesIn(source: string, into: Map<string, string[]>): void {
  let held: string[] = [];
  for (const whole of source.split('\n')) {
    const line = whole.trim();
    const list = attribute.exec(line)?.[1];
    if (list !== undefined) {
      for (const [, alias] of list.matchAll(/"([A-Za-z_]\w+)"/g)) held.push(alias as string);
      continue;
    }
    const name = held.length === 0 ? undefined : declared.exec(line)?.[1];
    if (name !== undefined) into.set(name, [...new Set([...(into.get(name) ?? []), ...held])]);
    if (name !== undefined || !between.test(line)) held = [];
  }
}

/** All aliases of std, core and alloc; none where the rendered sources are not installed. */
export function readAliases(root: string): Aliases {
  const found = new Map<string, string[]>();
  for (const source of sourcesWith(root, 'alias')) aliasesIn(source, found);
  return found;
}
