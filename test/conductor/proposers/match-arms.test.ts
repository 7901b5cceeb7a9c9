import { matchArms } from '../../../conductor/proposers/match-arms.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(matchArms);
