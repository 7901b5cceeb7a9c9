import { suggestions } from '../../../conductor/proposers/suggestions.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(suggestions);
