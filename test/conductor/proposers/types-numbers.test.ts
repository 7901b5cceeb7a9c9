import { typesNumbers } from '../../../conductor/proposers/types-numbers.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesNumbers);
