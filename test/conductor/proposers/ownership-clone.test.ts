import { ownershipClone } from '../../../conductor/proposers/ownership-clone.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(ownershipClone);
