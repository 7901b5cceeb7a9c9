import { namesFields } from '../../../conductor/proposers/names-fields.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesFields);
