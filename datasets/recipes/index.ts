// All fault recipes, in a fixed order: what is drawn from a seed depends on it.
import { arity } from './arity.ts';
import { borrow } from './borrow.ts';
import { matchArms } from './match-arms.ts';
import { names } from './names.ts';
import { ownership } from './ownership.ts';
import type { Recipe } from './recipe.ts';
import { structFields } from './struct-fields.ts';
import { syntax } from './syntax.ts';
import { traitBounds } from './trait-bounds.ts';
import { typeMismatch } from './type-mismatch.ts';
import { visibility } from './visibility.ts';

export const recipes: readonly Recipe[] = [
  syntax,
  typeMismatch,
  names,
  borrow,
  ownership,
  traitBounds,
  structFields,
  arity,
  matchArms,
  visibility,
];
