import { namesArguments } from '../../../conductor/proposers/names-arguments.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesArguments);
