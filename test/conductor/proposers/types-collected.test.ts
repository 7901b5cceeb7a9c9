import { typesCollected } from '../../../conductor/proposers/types-collected.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesCollected);
