import { typesInside } from '../../../conductor/proposers/types-inside.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesInside);
