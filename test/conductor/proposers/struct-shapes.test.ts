import { structShapes } from '../../../conductor/proposers/struct-shapes.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(structShapes);
