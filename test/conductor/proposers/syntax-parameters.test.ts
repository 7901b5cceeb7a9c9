import { syntaxParameters } from '../../../conductor/proposers/syntax-parameters.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxParameters);
