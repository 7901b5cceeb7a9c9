import { borrowsOwned } from '../../../conductor/proposers/borrows-owned.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(borrowsOwned);
