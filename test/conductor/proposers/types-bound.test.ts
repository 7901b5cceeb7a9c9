import { typesBound } from '../../../conductor/proposers/types-bound.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesBound);
