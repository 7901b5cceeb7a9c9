import { namesForeignCalls } from '../../../conductor/proposers/names-foreign-calls.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesForeignCalls);
