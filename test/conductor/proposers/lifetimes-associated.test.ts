import { lifetimesAssociated } from '../../../conductor/proposers/lifetimes-associated.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(lifetimesAssociated);
