import { matchBindings } from '../../../conductor/proposers/match-bindings.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(matchBindings);
