import { typesIterators } from '../../../conductor/proposers/types-iterators.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesIterators);
