/**
 * `npm start`: sets up what is missing, then runs `api-factory serve` in this process. A child
 * process would need its signals, streams and exit code forwarded, and cost 40 ms. Arguments are
 * passed on.
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
