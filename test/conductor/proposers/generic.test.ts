import { generic } from '../../../conductor/proposers/generic.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(generic);
