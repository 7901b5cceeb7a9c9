import { typesUnsized } from '../../../conductor/proposers/types-unsized.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesUnsized);
