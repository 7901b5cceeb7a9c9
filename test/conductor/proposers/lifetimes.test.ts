import { lifetimes } from '../../../conductor/proposers/lifetimes.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(lifetimes);
