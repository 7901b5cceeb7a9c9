import { traitsMembers } from '../../../conductor/proposers/traits-members.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(traitsMembers);
