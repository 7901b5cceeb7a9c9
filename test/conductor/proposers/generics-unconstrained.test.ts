import { genericsUnconstrained } from '../../../conductor/proposers/generics-unconstrained.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(genericsUnconstrained);
