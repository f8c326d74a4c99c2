import { randomBytes } from 'node:crypto';
import { type Sandbox, type SandboxOptions, startSandbox } from '../index.ts';
import { createConformanceCheck } from './conformance.ts';

export interface TestSandbox extends Sandbox {
  /**
   * Returns and clears the violations of the `stripe` package's types. For tests that send
   * something invalid on purpose.
   */
  violations(): string[];
  /** Closes the sandbox; throws if there are violations. */
  close(): Promise<void>;
}

/**
 * An in-memory sandbox on a free port. Every request, response and event is compared with the types
 * of the installed `stripe` package.
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
