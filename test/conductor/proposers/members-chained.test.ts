import { membersChained } from '../../../conductor/proposers/members-chained.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(membersChained);
