import { typesOperands } from '../../../conductor/proposers/types-operands.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesOperands);
