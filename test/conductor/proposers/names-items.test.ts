import { namesItems } from '../../../conductor/proposers/names-items.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesItems);
