import { typesBoxed } from '../../../conductor/proposers/types-boxed.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesBoxed);
