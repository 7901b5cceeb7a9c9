import { consts } from '../../../conductor/proposers/consts.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(consts);
