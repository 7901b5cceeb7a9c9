import { typesGenerics } from '../../../conductor/proposers/types-generics.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesGenerics);
