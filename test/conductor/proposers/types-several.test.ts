import { typesSeveral } from '../../../conductor/proposers/types-several.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesSeveral);
