import { namesImportsTogether } from '../../../conductor/proposers/names-imports-together.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesImportsTogether);
