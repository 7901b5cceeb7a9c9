import { structDeclares } from '../../../conductor/proposers/struct-declares.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(structDeclares);
