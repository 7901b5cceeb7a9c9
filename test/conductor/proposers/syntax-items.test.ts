import { syntaxItems } from '../../../conductor/proposers/syntax-items.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxItems);
