import type { Terminal } from './terminal.ts';

/** Runs the product. Resolves when it listens; it then ends with the process. */
export async function serveCommand(terminal: Terminal): Promise<void> {
  const [{ loadConfig }, { serve }] = await Promise.all([import('../config.ts'), import('../serve.ts')]);
  await serve(loadConfig(terminal.env));
}
