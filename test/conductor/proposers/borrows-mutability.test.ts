import { borrowsMutability } from '../../../conductor/proposers/borrows-mutability.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(borrowsMutability);
