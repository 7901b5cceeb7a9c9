// The table of proposers. One line each; the order is the order in which they are asked.
import type { Diagnostic } from '../../schemas/types.ts';
import type { Proposer } from '../types.ts';
import { asyncAwait } from './async-await.ts';
import { borrowsCopies } from './borrows-copies.ts';
import { borrowsIndex } from './borrows-index.ts';
import { borrowsLater } from './borrows-later.ts';
import { borrowsMutability } from './borrows-mutability.ts';
import { borrowsOwned } from './borrows-owned.ts';
import { borrowsScope } from './borrows-scope.ts';
import { borrowsSplit } from './borrows-split.ts';
import { callsArity } from './calls-arity.ts';
import { callsClosures } from './calls-closures.ts';
import { callsMissing } from './calls-missing.ts';
import { callsReordered } from './calls-reordered.ts';
import { consts } from './consts.ts';
import { derefSlips } from './deref-slips.ts';
import { generic } from './generic.ts';
import { genericsUnconstrained } from './generics-unconstrained.ts';
import { infill } from './infill.ts';
import { lifetimes } from './lifetimes.ts';
import { lifetimesAssociated } from './lifetimes-associated.ts';
import { lifetimesHeaders } from './lifetimes-headers.ts';
import { lifetimesRelations } from './lifetimes-relations.ts';
import { matchArms } from './match-arms.ts';
import { matchArmsCopied } from './match-arms-copied.ts';
import { matchBindings } from './match-bindings.ts';
import { membersChained } from './members-chained.ts';
import { membersConvert } from './members-convert.ts';
import { membersReach } from './members-reach.ts';
import { namesArguments } from './names-arguments.ts';
import { namesAssociated } from './names-associated.ts';
import { namesBindings } from './names-bindings.ts';
import { namesDeclarations } from './names-declarations.ts';
import { namesFields } from './names-fields.ts';
import { namesForeign } from './names-foreign.ts';
import { namesForeignCalls } from './names-foreign-calls.ts';
import { namesImports } from './names-imports.ts';
import { namesImportsTogether } from './names-imports-together.ts';
import { namesItems } from './names-items.ts';
import { namesParameters } from './names-parameters.ts';
import { namesTogether } from './names-together.ts';
import { namesTypos } from './names-typos.ts';
import { namesUnused } from './names-unused.ts';
import { namesVariants } from './names-variants.ts';
import { operandsReach } from './operands-reach.ts';
import { ownershipBorrow } from './ownership-borrow.ts';
import { ownershipClone } from './ownership-clone.ts';
import { ownershipInstead } from './ownership-instead.ts';
import { ownershipMatch } from './ownership-match.ts';
import { ownershipOrder } from './ownership-order.ts';
import { structDeclares } from './struct-declares.ts';
import { structFields } from './struct-fields.ts';
import { structShapes } from './struct-shapes.ts';
import { suggestions } from './suggestions.ts';
import { throughMacros } from './support/macro-view.ts';
import { withInsertions } from './support/minimal.ts';
import { withFieldNames } from './support/shorthand.ts';
import { syntaxAlternatives } from './syntax-alternatives.ts';
import { syntaxAttributes } from './syntax-attributes.ts';
import { syntaxBases } from './syntax-bases.ts';
import { syntaxConflicts } from './syntax-conflicts.ts';
import { syntaxDelimiters } from './syntax-delimiters.ts';
import { syntaxForeign } from './syntax-foreign.ts';
import { syntaxFormats } from './syntax-formats.ts';
import { syntaxItems } from './syntax-items.ts';
import { syntaxKeywords } from './syntax-keywords.ts';
import { syntaxOperators } from './syntax-operators.ts';
import { syntaxParameters } from './syntax-parameters.ts';
import { syntaxPunctuation } from './syntax-punctuation.ts';
import { syntaxScripts } from './syntax-scripts.ts';
import { syntaxStrings } from './syntax-strings.ts';
import { threads } from './threads.ts';
import { threadsClones } from './threads-clones.ts';
import { traitsBounds } from './traits-bounds.ts';
import { traitsBoundsAround } from './traits-bounds-around.ts';
import { traitsBoundsWeaker } from './traits-bounds-weaker.ts';
import { traitsConflicts } from './traits-conflicts.ts';
import { traitsDerives } from './traits-derives.ts';
import { traitsHeaders } from './traits-headers.ts';
import { traitsImplement } from './traits-implement.ts';
import { traitsMembers } from './traits-members.ts';
import { traitsObjects } from './traits-objects.ts';
import { typesAnnotations } from './types-annotations.ts';
import { typesArms } from './types-arms.ts';
import { typesAssigned } from './types-assigned.ts';
import { typesBound } from './types-bound.ts';
import { typesBounded } from './types-bounded.ts';
import { typesBoxed } from './types-boxed.ts';
import { typesCalls } from './types-calls.ts';
import { typesCasts } from './types-casts.ts';
import { typesCells } from './types-cells.ts';
import { typesCollected } from './types-collected.ts';
import { typesConditions } from './types-conditions.ts';
import { typesDeclared } from './types-declared.ts';
import { typesErrors } from './types-errors.ts';
import { typesFallible } from './types-fallible.ts';
import { typesFloats } from './types-floats.ts';
import { typesFromUse } from './types-from-use.ts';
import { typesGenerics } from './types-generics.ts';
import { typesInside } from './types-inside.ts';
import { typesIterators } from './types-iterators.ts';
import { typesLetters } from './types-letters.ts';
import { typesMigrated } from './types-migrated.ts';
import { typesMixed } from './types-mixed.ts';
import { typesNumbers } from './types-numbers.ts';
import { typesOmitted } from './types-omitted.ts';
import { typesOperands } from './types-operands.ts';
import { typesOperators } from './types-operators.ts';
import { typesOutcomes } from './types-outcomes.ts';
import { typesParameters } from './types-parameters.ts';
import { typesPatterns } from './types-patterns.ts';
import { typesQuoted } from './types-quoted.ts';
import { typesRecursive } from './types-recursive.ts';
import { typesReferences } from './types-references.ts';
import { typesReturns } from './types-returns.ts';
import { typesSeveral } from './types-several.ts';
import { typesSiblings } from './types-siblings.ts';
import { typesText } from './types-text.ts';
import { typesUnsized } from './types-unsized.ts';
import { typesWrapping } from './types-wrapping.ts';
import { visibility } from './visibility.ts';

const table: readonly Proposer[] = [
  suggestions,
  syntaxConflicts,
  syntaxForeign,
  syntaxAlternatives,
  syntaxDelimiters,
  syntaxParameters,
  syntaxPunctuation,
  syntaxKeywords,
  syntaxOperators,
  syntaxStrings,
  syntaxFormats,
  syntaxItems,
  syntaxScripts,
  syntaxBases,
  syntaxAttributes,
  namesTypos,
  namesImports,
  namesImportsTogether,
  namesUnused,
  namesFields,
  namesForeign,
  namesForeignCalls,
  namesVariants,
  namesItems,
  namesAssociated,
  namesTogether,
  namesDeclarations,
  namesBindings,
  namesParameters,
  namesArguments,
  membersReach,
  membersChained,
  membersConvert,
  structShapes,
  structFields,
  structDeclares,
  typesCasts,
  typesAssigned,
  typesReferences,
  typesNumbers,
  typesText,
  typesBoxed,
  typesSeveral,
  typesWrapping,
  typesInside,
  typesCells,
  typesRecursive,
  typesUnsized,
  ownershipBorrow,
  ownershipMatch,
  ownershipInstead,
  ownershipClone,
  ownershipOrder,
  borrowsMutability,
  borrowsScope,
  borrowsLater,
  borrowsCopies,
  borrowsSplit,
  borrowsOwned,
  borrowsIndex,
  typesMixed,
  typesLetters,
  typesQuoted,
  typesOperands,
  typesOperators,
  typesOutcomes,
  typesBound,
  typesBounded,
  typesConditions,
  typesReturns,
  typesFallible,
  typesErrors,
  typesMigrated,
  typesParameters,
  typesDeclared,
  typesGenerics,
  typesOmitted,
  typesFromUse,
  typesAnnotations,
  typesFloats,
  typesArms,
  typesPatterns,
  typesSiblings,
  typesCalls,
  typesIterators,
  typesCollected,
  matchArms,
  matchArmsCopied,
  matchBindings,
  traitsDerives,
  traitsConflicts,
  traitsBounds,
  traitsBoundsAround,
  traitsBoundsWeaker,
  traitsImplement,
  traitsHeaders,
  traitsObjects,
  traitsMembers,
  visibility,
  consts,
  callsArity,
  callsMissing,
  callsClosures,
  callsReordered,
  derefSlips,
  operandsReach,
  genericsUnconstrained,
  lifetimes,
  lifetimesAssociated,
  lifetimesRelations,
  lifetimesHeaders,
  threadsClones,
  threads,
  asyncAwait,
  generic,
  infill,
];

/** What reads the text by its tokens, or knows nothing but the place, has no use for a macro's arguments as expressions. */
const plain = (name: string): boolean =>
  name.startsWith('syntax-') || ['suggestions', 'generic', 'infill'].includes(name);

export const proposers: readonly Proposer[] = table.map((proposer) =>
  withInsertions(withFieldNames(plain(proposer.name) ? proposer : throughMacros(proposer))),
);

/** The proposers that answer a diagnostic, in the table's order: by its code, and those of syntax only where it is about syntax. */
export function proposersFor({ code, class: kind }: Pick<Diagnostic, 'code' | 'class'>): readonly Proposer[] {
  const parsed = code === null && !['syntax', 'resolution'].includes(kind);
  return proposers.filter(
    ({ name, codes }) => codes === 'any' || (codes.includes(code) && !(parsed && name.startsWith('syntax-'))),
  );
}
