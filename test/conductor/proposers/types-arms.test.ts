import { typesArms } from '../../../conductor/proposers/types-arms.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesArms);
