import { syntaxBases } from '../../../conductor/proposers/syntax-bases.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxBases);
