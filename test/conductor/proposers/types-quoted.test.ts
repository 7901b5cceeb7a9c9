import { typesQuoted } from '../../../conductor/proposers/types-quoted.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesQuoted);
