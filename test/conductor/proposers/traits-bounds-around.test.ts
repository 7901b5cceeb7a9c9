import { traitsBoundsAround } from '../../../conductor/proposers/traits-bounds-around.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(traitsBoundsAround);
