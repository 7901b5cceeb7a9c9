import { callsMissing } from '../../../conductor/proposers/calls-missing.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(callsMissing);
