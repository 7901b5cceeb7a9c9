import { derefSlips } from '../../../conductor/proposers/deref-slips.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(derefSlips);
