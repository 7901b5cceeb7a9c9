import { typesFloats } from '../../../conductor/proposers/types-floats.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesFloats);
