import { namesDeclarations } from '../../../conductor/proposers/names-declarations.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesDeclarations);
