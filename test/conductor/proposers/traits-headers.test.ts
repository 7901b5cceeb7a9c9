import { traitsHeaders } from '../../../conductor/proposers/traits-headers.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(traitsHeaders);
