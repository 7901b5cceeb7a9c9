import { typesText } from '../../../conductor/proposers/types-text.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesText);
