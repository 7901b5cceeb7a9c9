import { threads } from '../../../conductor/proposers/threads.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(threads);
