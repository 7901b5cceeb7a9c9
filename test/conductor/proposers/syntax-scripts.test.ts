import { syntaxScripts } from '../../../conductor/proposers/syntax-scripts.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxScripts);
