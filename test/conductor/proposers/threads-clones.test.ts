import { threadsClones } from '../../../conductor/proposers/threads-clones.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(threadsClones);
