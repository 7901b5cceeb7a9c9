import { syntaxFormats } from '../../../conductor/proposers/syntax-formats.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxFormats);
