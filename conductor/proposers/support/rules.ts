// All conversion rules in the order in which they are tried for an inner value: the cheapest change first.
import { containerRules } from './containers.ts';
import type { Rule } from './conversions.ts';
import { numberRules } from './numbers.ts';
import { referenceRules } from './references.ts';
import { textRules } from './text.ts';

export const allRules: readonly Rule[] = [...referenceRules, ...numberRules, ...textRules, ...containerRules];
