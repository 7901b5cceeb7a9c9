import { typesConditions } from '../../../conductor/proposers/types-conditions.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesConditions);
