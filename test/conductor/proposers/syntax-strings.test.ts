import { syntaxStrings } from '../../../conductor/proposers/syntax-strings.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxStrings);
