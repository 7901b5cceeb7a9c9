import { namesAssociated } from '../../../conductor/proposers/names-associated.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(namesAssociated);
