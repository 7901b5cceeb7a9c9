import { asyncAwait } from '../../../conductor/proposers/async-await.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(asyncAwait);
