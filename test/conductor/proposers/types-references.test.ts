import { typesReferences } from '../../../conductor/proposers/types-references.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesReferences);
