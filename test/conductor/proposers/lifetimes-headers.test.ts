import { lifetimesHeaders } from '../../../conductor/proposers/lifetimes-headers.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(lifetimesHeaders);
