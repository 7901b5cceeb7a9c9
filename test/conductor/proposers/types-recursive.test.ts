import { typesRecursive } from '../../../conductor/proposers/types-recursive.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesRecursive);
