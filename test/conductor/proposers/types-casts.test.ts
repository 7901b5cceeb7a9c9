import { typesCasts } from '../../../conductor/proposers/types-casts.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesCasts);
