import { typesCells } from '../../../conductor/proposers/types-cells.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesCells);
