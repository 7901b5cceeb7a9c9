import { namesParameters } from '../../../conductor/proposers/names-parameters.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesParameters);
