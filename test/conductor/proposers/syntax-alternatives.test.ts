import { syntaxAlternatives } from '../../../conductor/proposers/syntax-alternatives.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxAlternatives);
