import { ownershipBorrow } from '../../../conductor/proposers/ownership-borrow.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(ownershipBorrow);
