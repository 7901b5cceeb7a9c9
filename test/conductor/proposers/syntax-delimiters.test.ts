import { syntaxDelimiters } from '../../../conductor/proposers/syntax-delimiters.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxDelimiters);
