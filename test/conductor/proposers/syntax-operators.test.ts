import { syntaxOperators } from '../../../conductor/proposers/syntax-operators.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxOperators);
