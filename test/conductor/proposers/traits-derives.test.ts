import { traitsDerives } from '../../../conductor/proposers/traits-derives.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(traitsDerives);
