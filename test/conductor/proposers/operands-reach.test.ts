import { operandsReach } from '../../../conductor/proposers/operands-reach.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(operandsReach);
