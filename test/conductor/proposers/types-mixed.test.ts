import { typesMixed } from '../../../conductor/proposers/types-mixed.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesMixed);
