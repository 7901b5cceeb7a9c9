import { namesTypos } from '../../../conductor/proposers/names-typos.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesTypos);
