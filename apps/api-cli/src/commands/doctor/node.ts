import { type Finding, fail, ok } from './finding.ts';

/** @param version without a v, for example 20.19.0 */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok('node', version);
  return fail('node', version, 'Install Node 20.19 or newer.');
}
