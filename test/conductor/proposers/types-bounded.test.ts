import { typesBounded } from '../../../conductor/proposers/types-bounded.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesBounded);
