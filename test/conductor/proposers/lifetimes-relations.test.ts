import { lifetimesRelations } from '../../../conductor/proposers/lifetimes-relations.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(lifetimesRelations);
