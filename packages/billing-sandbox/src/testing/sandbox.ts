import { randomBytes } from 'node:crypto';
import { type Sandbox, type SandboxOptions, startSandbox } from '../index.ts';
import { createConformanceCheck } from './conformance.ts';

export interface TestSandbox extends Sandbox {
  /**
   * What did not fit the types of the `stripe` package so far, taken out: a test that sends
   * something wrong on purpose calls it.
   */
  violations(): string[];
  /** Ends the sandbox; throws when something did not fit. */
  close(): Promise<void>;
}

/**
 * A sandbox in memory on a free port. Everything that it answers, emits and is asked is compared
 * with the types of the installed `stripe` package.
 */
export async function testSandbox(options: Partial<SandboxOptions> = {}): Promise<TestSandbox> {
  const check = createConformanceCheck();
  const sandbox = await startSandbox({
    clock: { now: () => Date.now() },
    randomBytes: (n) => new Uint8Array(randomBytes(n)),
    directory: null,
    port: 0,
    ...options,
    onExchange(exchange) {
      check.see(exchange);
      options.onExchange?.(exchange);
    },
  });
  return {
    ...sandbox,
    violations: () => check.violations(),
    async close() {
      await sandbox.close();
      const lines = check.violations();
      if (lines.length > 0) throw new Error(`The sandbox differs from the types of the stripe package:\n${lines.join('\n')}`);
    },
  };
}
