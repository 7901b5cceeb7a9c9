import { syntaxForeign } from '../../../conductor/proposers/syntax-foreign.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxForeign);
