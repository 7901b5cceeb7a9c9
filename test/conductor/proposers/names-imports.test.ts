import { namesImports } from '../../../conductor/proposers/names-imports.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesImports);
