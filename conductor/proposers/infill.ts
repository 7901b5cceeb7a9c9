// What the byte language model would write where the error stands (`--infill`): the line of the primary span, filled in anew. It
// invents, so that no test means no `fixed`; it is asked when all others failed. What does not parse costs no check.
//
//     let half = total / ;    →    let half = total / 2;

import { primarySpan } from '../../tools/cargo/diagnostics.ts';
import { SourceFile } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';

export const infill: Proposer = {
  name: 'infill',
  codes: 'any',
  blind: true,
  async propose({ diagnostic, source: sourceOf, fill }) {
    const span = primarySpan(diagnostic);
    const source = span === null || fill === undefined ? null : sourceOf(span.file);
    if (span === null || source === null || fill === undefined) return [];
    const { start } = source.range(span);
    const [from, to] = lineAt(source.text, start);
    const line = source.text.slice(from, to);
    const written = await fill(source.text.slice(0, from), source.text.slice(to));
    return written
      .map((text) => text.trim())
      .filter((text) => text !== '' && text !== line && parsesNoWorse(source, from, to, text))
      .map(
        (text): Draft => ({
          title: `write \`${text}\``,
          edits: [source.edit(from, to, text)],
          flags: ['invents', 'unlikely'],
        }),
      );
  },
  // Without a model it proposes nothing: what it does with one is in its own test.
  examples: [],
};

/** The text of the line around an index, without the white space around it. */
function lineAt(text: string, index: number): readonly [number, number] {
  const start = text.lastIndexOf('\n', index - 1) + 1;
  const found = text.indexOf('\n', index);
  const line = text.slice(start, found < 0 ? text.length : found);
  const from = start + line.length - line.trimStart().length;
  return [from, Math.max(from, start + line.trimEnd().length)];
}

function parsesNoWorse(source: SourceFile, from: number, to: number, text: string): boolean {
  const after = new SourceFile(source.path, source.text.slice(0, from) + text + source.text.slice(to), source);
  const worse = after.root.hasError && !source.root.hasError;
  after.dispose();
  return !worse;
}
