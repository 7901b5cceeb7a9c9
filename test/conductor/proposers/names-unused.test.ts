import { namesUnused } from '../../../conductor/proposers/names-unused.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesUnused);
