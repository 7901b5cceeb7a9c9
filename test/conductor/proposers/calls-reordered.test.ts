import { callsReordered } from '../../../conductor/proposers/calls-reordered.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(callsReordered);
