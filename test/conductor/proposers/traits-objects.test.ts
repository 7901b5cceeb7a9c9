import { traitsObjects } from '../../../conductor/proposers/traits-objects.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(traitsObjects);
