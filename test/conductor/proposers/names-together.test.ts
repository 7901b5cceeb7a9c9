import { namesTogether } from '../../../conductor/proposers/names-together.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesTogether);
