import { visibility } from '../../../conductor/proposers/visibility.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(visibility);
