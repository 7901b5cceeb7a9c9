import { ownershipInstead } from '../../../conductor/proposers/ownership-instead.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(ownershipInstead);
