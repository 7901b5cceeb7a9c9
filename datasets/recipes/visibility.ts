// A `pub` that is not there: something exists, and may not be used from where it is used.
import { nodes, type Recipe, replace, withSpace } from './recipe.ts';

export const visibility: Recipe = {
  name: 'visibility',
  class: 'visibility',
  codes: ['E0603', 'E0616', 'E0624', 'E0364', 'E0446', 'E0451'],
  slips: (source) =>
    nodes(source, 'visibility_modifier').flatMap((node) => {
      const narrower = node.text === 'pub(crate)' ? [replace('narrow-pub', node, 'pub(self)')] : [];
      return [withSpace('drop-pub', node, source), ...narrower];
    }),
  examples: [
    { variant: 'drop-pub', before: 'pub struct A { pub x: u8 }', after: 'pub struct A { x: u8 }' },
    { variant: 'narrow-pub', before: 'pub(crate) fn f() {}', after: 'pub(self) fn f() {}' },
  ],
};
