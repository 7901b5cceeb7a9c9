import { typesCalls } from '../../../conductor/proposers/types-calls.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesCalls);
