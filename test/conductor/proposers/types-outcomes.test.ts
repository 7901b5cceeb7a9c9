import { typesOutcomes } from '../../../conductor/proposers/types-outcomes.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesOutcomes);
