import { membersReach } from '../../../conductor/proposers/members-reach.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(membersReach);
