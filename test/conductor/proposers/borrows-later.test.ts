import { borrowsLater } from '../../../conductor/proposers/borrows-later.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(borrowsLater);
