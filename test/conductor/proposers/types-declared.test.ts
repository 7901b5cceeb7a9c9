import { typesDeclared } from '../../../conductor/proposers/types-declared.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesDeclared);
