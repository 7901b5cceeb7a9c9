import { typesWrapping } from '../../../conductor/proposers/types-wrapping.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesWrapping);
