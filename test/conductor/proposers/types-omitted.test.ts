import { typesOmitted } from '../../../conductor/proposers/types-omitted.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesOmitted);
