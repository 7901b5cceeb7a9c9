import { typesPatterns } from '../../../conductor/proposers/types-patterns.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesPatterns);
