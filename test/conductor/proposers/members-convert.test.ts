import { membersConvert } from '../../../conductor/proposers/members-convert.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(membersConvert);
