// The table of proposers. One line each; the order is the order in which they are asked.
import type { Proposer } from '../types.ts';
import { namesImports } from './names-imports.ts';
import { namesTypos } from './names-typos.ts';
import { suggestions } from './suggestions.ts';
import { syntaxDelimiters } from './syntax-delimiters.ts';

export const proposers: readonly Proposer[] = [suggestions, syntaxDelimiters, namesTypos, namesImports];

/** The proposers that answer a diagnostic's code, in the table's order. */
export function proposersFor(code: string | null): readonly Proposer[] {
  return proposers.filter((proposer) => proposer.codes === 'any' || proposer.codes.includes(code));
}
