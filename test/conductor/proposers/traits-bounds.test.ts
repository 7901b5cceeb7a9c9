import { traitsBounds } from '../../../conductor/proposers/traits-bounds.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(traitsBounds);
