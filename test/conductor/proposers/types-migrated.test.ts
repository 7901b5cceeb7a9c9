import { typesMigrated } from '../../../conductor/proposers/types-migrated.ts';
import { checkExamples } from '../../support/propose.ts';

checkExamples(typesMigrated);
