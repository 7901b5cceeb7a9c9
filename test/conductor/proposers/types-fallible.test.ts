import { typesFallible } from '../../../conductor/proposers/types-fallible.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesFallible);
