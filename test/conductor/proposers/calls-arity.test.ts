import { callsArity } from '../../../conductor/proposers/calls-arity.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(callsArity);
