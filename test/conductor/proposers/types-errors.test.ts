import { typesErrors } from '../../../conductor/proposers/types-errors.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesErrors);
