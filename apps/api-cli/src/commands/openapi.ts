import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { outJson, type Terminal } from './terminal.ts';

/** Generated from the route schemas, without a running product. */
export async function openapiCommand({ out, json }: { out?: string; json?: boolean }, terminal: Terminal): Promise<void> {
  const { makeContract } = await import('../web/make-contract.ts');
  const yaml = await makeContract();
  if (out !== undefined) {
    await writeFile(resolve(out), yaml);
    terminal.say(`Written to ${out}.`);
    return;
  }
  if (!json) return terminal.out(yaml);
  const { parse } = await import('yaml');
  outJson(terminal, parse(yaml));
}
