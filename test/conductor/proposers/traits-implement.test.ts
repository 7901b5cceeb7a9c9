import { traitsImplement } from '../../../conductor/proposers/traits-implement.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(traitsImplement);
