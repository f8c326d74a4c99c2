import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Terminal } from './terminal.ts';

/** Generated from the route schemas, without a running product. */
export async function openapiCommand({ out, json }: { out?: string; json?: boolean }, terminal: Terminal): Promise<void> {
  const [{ makeContract }, { contractYaml }] = await Promise.all([import('../web/make-contract.ts'), import('../web/contract.ts')]);
  const contract = await makeContract();
  const text = json ? `${JSON.stringify(contract, null, 2)}\n` : await contractYaml(contract);
  if (out !== undefined) {
    await writeFile(resolve(out), text);
    terminal.say(`Written to ${out}.`);
    return;
  }
  terminal.out(text);
}
