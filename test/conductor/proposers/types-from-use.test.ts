import { typesFromUse } from '../../../conductor/proposers/types-from-use.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesFromUse);
