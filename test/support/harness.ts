// uvu behind a front that cannot hide a failure.
import * as assert from 'uvu/assert';
import { test } from 'uvu';
export { assert, test };
