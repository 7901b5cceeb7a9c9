import { matchArmsCopied } from '../../../conductor/proposers/match-arms-copied.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(matchArmsCopied);
