import { typesLetters } from '../../../conductor/proposers/types-letters.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesLetters);
