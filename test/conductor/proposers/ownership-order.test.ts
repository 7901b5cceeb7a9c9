import { ownershipOrder } from '../../../conductor/proposers/ownership-order.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(ownershipOrder);
