import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Contract } from './audience.ts';

/** The contract that the build generated, next to this file; missing when run from source. */
const BUILT = new URL('./openapi.json', import.meta.url);

/**
 * The contract: the built one, or else generated from the route schemas, which would slow every
 * start.
 */
export async function readContract(): Promise<Contract> {
  if (existsSync(BUILT)) return JSON.parse(await readFile(BUILT, 'utf8')) as Contract;
  return (await import('./make-contract.ts')).makeContract();
}
