import { typesAnnotations } from '../../../conductor/proposers/types-annotations.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesAnnotations);
