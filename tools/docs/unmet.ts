// What the compiler says where a trait is not implemented, as std's own sources word it: `#[rustc_on_unimplemented(message =
// "cannot add `{Rhs}` to `{Self}`")]`. The error index shows one or two of these faces of E0277; there are some hundred.
import { sourcesWith } from './sources.ts';

/** The code of a trait bound that is not met. */
export const unmetCode = 'E0277';

const attribute =
  /#\[(?:cfg_attr\([^,]*,\s*)?(?:rustc_on_unimplemented|diagnostic::on_unimplemented)\(([\s\S]*?)\n?\)\]/g;
const said = /\b(message|label|note)\s*=\s*"((?:[^"\\]|\\[\s\S])*)"/g;

/** Messages in one file of Rust, as messages.ts has them: message, label and notes apart by ` | `, placeholders left out. */
export function unmetIn(source: string): string[] {
  const found: string[][] = [];
  for (const [, inner] of source.matchAll(attribute)) {
    let current: string[] | null = null;
    for (const [, kind, text] of (inner as string).matchAll(said)) {
      if (kind === 'message') {
        current = [];
        found.push(current);
      }
      // A label alone goes with the plain message, by which the code is known anyway.
      current?.push((text as string).replace(/\\\s*\n\s*/g, ' ').replace(/\{[^{}]*\}/g, ' '));
    }
  }
  return found.map((parts) => [...parts, 'the trait is not implemented for'].join(' | '));
}

/** All of them in std, core and alloc, each once. */
export function readUnmet(root: string): string[] {
  return [...new Set([...sourcesWith(root, 'on_unimplemented')].flatMap(unmetIn))];
}
