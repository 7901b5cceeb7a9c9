import { traitsBoundsWeaker } from '../../../conductor/proposers/traits-bounds-weaker.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(traitsBoundsWeaker);
