import { syntaxPunctuation } from '../../../conductor/proposers/syntax-punctuation.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxPunctuation);
