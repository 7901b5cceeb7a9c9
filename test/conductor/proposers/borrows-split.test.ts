import { borrowsSplit } from '../../../conductor/proposers/borrows-split.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(borrowsSplit);
