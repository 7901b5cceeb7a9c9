import { ownershipMatch } from '../../../conductor/proposers/ownership-match.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(ownershipMatch);
