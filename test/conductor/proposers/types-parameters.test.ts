import { typesParameters } from '../../../conductor/proposers/types-parameters.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesParameters);
