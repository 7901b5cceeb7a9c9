import { syntaxAttributes } from '../../../conductor/proposers/syntax-attributes.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxAttributes);
