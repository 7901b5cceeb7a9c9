import { namesForeign } from '../../../conductor/proposers/names-foreign.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesForeign);
