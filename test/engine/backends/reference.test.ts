// The suite that backends run, on the reference and on a backend that keeps to the plan of memory.
import { open as openReference } from '../../../engine/backends/reference.ts';
import { conformance } from '../support/conformance.ts';
import { open as openPlanned } from '../support/planned.ts';

conformance('reference', { open: () => openReference({}) });
conformance('planned memory', { open: () => openPlanned() });
