import { typesOperators } from '../../../conductor/proposers/types-operators.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesOperators);
