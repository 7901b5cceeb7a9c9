// The contracts as types, derived from the schemas beside this file (see scripts/schema-types.ts).
export type * from './generated/types.ts';
