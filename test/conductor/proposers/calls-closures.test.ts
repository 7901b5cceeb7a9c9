import { callsClosures } from '../../../conductor/proposers/calls-closures.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(callsClosures);
