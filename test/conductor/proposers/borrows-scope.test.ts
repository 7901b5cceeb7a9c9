import { borrowsScope } from '../../../conductor/proposers/borrows-scope.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(borrowsScope);
