import { typesAssigned } from '../../../conductor/proposers/types-assigned.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesAssigned);
