// The script of the page: what a test calls in the browser.
import { job, written } from './job.ts';

Object.assign(globalThis, { job, written });
