import { borrowsIndex } from '../../../conductor/proposers/borrows-index.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(borrowsIndex);
