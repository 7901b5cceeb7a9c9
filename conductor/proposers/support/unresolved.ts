// What a diagnostic could not resolve: the name, where it stands, and what kind of thing was looked for.
import type { Diagnostic, Edit } from '../../../schemas/types.ts';
import type { SourceFile, TextRange } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { identsIn, lex } from './tokens.ts';

export type Sought =
  | 'value'
  | 'function'
  | 'type'
  | 'trait'
  | 'macro'
  | 'module'
  | 'member'
  | 'import'
  | 'lifetime'
  | 'any';

export interface Unresolved {
  readonly name: string;
  readonly sought: Sought;
  readonly file: SourceFile;
  /** The name itself. */
  readonly range: TextRange;
}

/** Words of the compiler's messages, by what they look for; tried in order. */
const phrases: readonly (readonly [RegExp, Sought])[] = [
  [/^cannot find (?:function|method)/, 'function'],
  [/^cannot find (?:value|unit struct)/, 'value'],
  [/^cannot find (?:tuple struct|struct, variant|struct|variant|unit|tuple)/, 'type'],
  [/^cannot find (?:type|associated type)/, 'type'],
  [/^cannot find trait/, 'trait'],
  [/^cannot find (?:macro|derive macro|attribute)/, 'macro'],
  [/^cannot find (?:module|crate)/, 'module'],
  [/^failed to resolve/, 'module'],
  [/^unresolved import/, 'import'],
  [/^use of undeclared lifetime/, 'lifetime'],
  [/^no (?:method|field|variant|associated|function)|has no (?:field|method)|does not have/, 'member'],
  [/^(?:method|type|const) `[^`]*` is not a member/, 'member'],
];

/** The unresolved name of a diagnostic; null when it is about something else, or its text has moved. */
export function unresolvedOf(input: ProposeInput, diagnostic: Diagnostic = input.diagnostic): Unresolved | null {
  const sought = phrases.find(([phrase]) => phrase.test(diagnostic.message))?.[1] ?? soughtByCode(diagnostic.code);
  const span = diagnostic.spans.find((one) => one.primary);
  const file = span === undefined ? null : input.source(span.file);
  if (sought === null || span === undefined || file === null || span.expansion)
    return macroName(input, diagnostic, sought);
  const range = file.range(span);
  const quoted = [...`${span.label ?? ''} ${diagnostic.message}`.matchAll(/`([^`]+)`/g)].map(
    (match) => match[1] as string,
  );
  const names = lex(file.slice(range)).filter((token) => ['ident', 'keyword', 'lifetime'].includes(token.kind));
  const named = names.filter((token) => quoted.includes(token.text));
  const token = named.length > 0 && names.length > 1 ? named.at(sought === 'module' ? 0 : -1) : names.at(-1);
  if (token === undefined) return null;
  return { name: token.text, sought, file, range: { start: range.start + token.start, end: range.start + token.end } };
}

/** A macro's name is found although the span goes through its expansion. */
function macroName(input: ProposeInput, diagnostic: Diagnostic, sought: Sought | null): Unresolved | null {
  const span = diagnostic.spans.find((one) => one.primary);
  const file = span === undefined ? null : input.source(span.file);
  const name = /`([^`]+)`/.exec(diagnostic.message)?.[1];
  if (sought === null || span === undefined || file === null || name === undefined) return null;
  const range = file.range(span);
  const token = lex(file.slice(range)).find((one) => one.text === name);
  if (token === undefined) return null;
  return { name, sought, file, range: { start: range.start + token.start, end: range.start + token.end } };
}

function soughtByCode(code: string | null): Sought | null {
  if (code === 'E0423' || code === 'E0424' || code === 'E0532' || code === 'E0574') return 'any';
  if (code === 'E0404' || code === 'E0405') return 'trait';
  return null;
}

/** Edits that put `text` for the name here and wherever else the same name is reported in the same words. */
export function replaceEverywhere(input: ProposeInput, found: Unresolved, text: string): Edit[] {
  const edits = new Map<string, Edit>();
  for (const diagnostic of [input.diagnostic, ...input.errors]) {
    const other = unresolvedOf(input, diagnostic);
    if (other === null || other.name !== found.name || !alike(other.sought, found.sought)) continue;
    const edit = other.file.edit(other.range.start, other.range.end, text);
    edits.set(`${edit.file}:${edit.start}`, edit);
  }
  return [...edits.values()];
}

function alike(a: Sought, b: Sought): boolean {
  const types: readonly Sought[] = ['type', 'module', 'trait'];
  return a === b || (types.includes(a) && types.includes(b));
}

const known = new WeakMap<SourceFile, ReadonlySet<string>>();

/** Every word of the file: what the import of a name may be told by. */
export function wordsIn(file: SourceFile): ReadonlySet<string> {
  let words = known.get(file);
  if (words === undefined) {
    words = identsIn(file.text);
    known.set(file, words);
  }
  return words;
}
