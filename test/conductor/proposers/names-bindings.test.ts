import { namesBindings } from '../../../conductor/proposers/names-bindings.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesBindings);
