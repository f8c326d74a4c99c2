import process from 'node:process';
import { runSandbox } from './run-sandbox.ts';

try {
  const sandbox = await runSandbox({
    args: process.argv.slice(2),
    // pnpm runs this in the package's directory; INIT_CWD is the caller's.
    cwd: process.env.INIT_CWD ?? process.cwd(),
    say: (text) => process.stdout.write(text),
  });
  if (sandbox !== null) {
    const end = () => void sandbox.close();
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
