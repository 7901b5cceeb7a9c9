// Arguments of std's macros as the expressions they are. The grammar keeps them as tokens; with `println!(…)` read as a call
// of the same length, every place keeps its index, and what proposers know about calls holds there too.
//
//     println!("{}", total(prices))    is read as    println_("{}", total(prices))
import type { Edit } from '../../../schemas/types.ts';
import { enclosing, SourceFile } from '../../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../../types.ts';

const MACRO = /\b((?:e?print(?:ln)?|format|write(?:ln)?|(?:debug_)?assert(?:_eq|_ne)?|panic|vec))!(\s*)([([])/g;
const VIEWED = /\b((?:e?print(?:ln)?|format|write(?:ln)?|(?:debug_)?assert(?:_eq|_ne)?|panic|vec))_(\s*)\(/g;

const views = new WeakMap<SourceFile, SourceFile>();

/** The proposer, asked about the view too where the diagnostic points into a macro's arguments. */
export function throughMacros(proposer: Proposer): Proposer {
  const { probes } = proposer;
  return {
    ...proposer,
    ...(probes === undefined
      ? {}
      : {
          probes(input: ProposeInput) {
            const asked = probes.call(proposer, input);
            return asked.length > 0 || !pointsIntoMacro(input) ? asked : probes.call(proposer, viewed(input));
          },
        }),
    async propose(input) {
      const drafts = (await proposer.propose(input)).map(restored);
      if (!pointsIntoMacro(input)) return drafts;
      const known = new Set(drafts.map((draft) => JSON.stringify(draft.edits)));
      const more = (await proposer.propose(viewed(input))).map(restored);
      return [...more.filter((draft) => !known.has(JSON.stringify(draft.edits))), ...drafts];
    },
  };
}

function viewed(input: ProposeInput): ProposeInput {
  return { ...input, source: (file) => viewOf(input.source(file)) };
}

const restored = (draft: Draft): Draft => ({ ...draft, edits: draft.edits.map(restore) });

function pointsIntoMacro(input: ProposeInput): boolean {
  return input.diagnostic.spans.some((span) => {
    const source = input.source(span.file);
    return source !== null && enclosing(source.nodeAt(source.range(span)), 'token_tree') !== null;
  });
}

/**
 * The same text with its macro calls as calls: `name!(` → `name_(`, and a list's brackets as parentheses. Of a view the view
 * itself.
 */
export function viewOf(source: SourceFile | null): SourceFile | null {
  if (source === null) return null;
  let view = views.get(source);
  if (view === undefined) {
    const chars = source.text.split('');
    for (const found of source.text.matchAll(MACRO)) {
      const mark = found.index + (found[1] ?? '').length;
      const open = mark + 1 + (found[2] ?? '').length;
      if (enclosing(source.nodeAt({ start: open, end: open + 1 }), 'token_tree', 'macro_invocation') === null) continue;
      const close = closing(source.text, open);
      // `vec![value; count]` has no call that it could be read as.
      if (close === null || source.text.slice(open, close).includes(';')) continue;
      chars[mark] = '_';
      if (found[3] === '[') {
        chars[open] = '(';
        chars[close] = ')';
      }
    }
    view = new SourceFile(source.path, chars.join(''));
    views.set(source, view);
    views.set(view, view);
  }
  return view;
}

/** Where the bracket at `open` is closed; texts between are stepped over. */
function closing(text: string, open: number): number | null {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    const char = text[at] as string;
    if (char === '"') {
      for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1;
    } else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return null;
}

/** An edit's text as it is written outside the view. */
function restore(edit: Edit): Edit {
  if (!edit.text.includes('_(')) return edit;
  const chars = edit.text.split('');
  for (const found of edit.text.matchAll(VIEWED)) {
    const mark = found.index + (found[1] ?? '').length;
    chars[mark] = '!';
    if (found[1] !== 'vec') continue;
    const open = mark + 1 + (found[2] ?? '').length;
    const close = closing(edit.text, open);
    if (close === null) continue;
    chars[open] = '[';
    chars[close] = ']';
  }
  return { ...edit, text: chars.join('') };
}
