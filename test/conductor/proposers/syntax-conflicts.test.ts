import { syntaxConflicts } from '../../../conductor/proposers/syntax-conflicts.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(syntaxConflicts);
