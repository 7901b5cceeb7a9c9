import { borrowsCopies } from '../../../conductor/proposers/borrows-copies.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(borrowsCopies);
