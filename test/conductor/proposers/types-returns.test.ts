import { typesReturns } from '../../../conductor/proposers/types-returns.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesReturns);
