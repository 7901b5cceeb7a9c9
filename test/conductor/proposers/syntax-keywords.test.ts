import { syntaxKeywords } from '../../../conductor/proposers/syntax-keywords.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxKeywords);
