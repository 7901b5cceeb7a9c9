import { typesSiblings } from '../../../conductor/proposers/types-siblings.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesSiblings);
