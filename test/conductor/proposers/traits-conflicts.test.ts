import { traitsConflicts } from '../../../conductor/proposers/traits-conflicts.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(traitsConflicts);
