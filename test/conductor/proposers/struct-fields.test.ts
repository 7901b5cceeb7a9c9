import { structFields } from '../../../conductor/proposers/struct-fields.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(structFields);
