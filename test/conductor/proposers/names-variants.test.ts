import { namesVariants } from '../../../conductor/proposers/names-variants.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesVariants);
