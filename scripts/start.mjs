/**
 * `npm start`: runs the setup steps that are out of date, then `api-factory serve` in this process.
 * A child process would take 40 ms and need its signals, streams and exit code forwarded. Arguments
 * are passed on.
 */

import './node-version.mjs';
import { pathToFileURL } from 'node:url';
import { ENTRY, prepare } from './prepare.mjs';

try {
  prepare();
} catch (error) {
  console.error(error.message);
  process.exit(error.exitCode ?? 1);
}
process.argv = [process.argv[0], ENTRY, 'serve', ...process.argv.slice(2)];
await import(pathToFileURL(ENTRY).href);
