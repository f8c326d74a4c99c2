// Runs a command while holding the lock of a data directory, so that no product can run there. Same
// lock as packages/control/src/store/directory-lock.ts.
//   node scripts/backup/hold-directory.mjs DIRECTORY COMMAND [ARGUMENT…]
// Exit code 75 when a product has the lock, else the command's.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { platform } from 'node:os';

const IN_USE = 75;
const [directory, command, ...args] = process.argv.slice(2);
if (platform() !== 'linux') {
  console.error('hold-directory: a data directory can be locked on Linux only; stop the product and copy the directory');
  process.exit(1);
}
const name = createHash('sha256').update(realpathSync(directory)).digest('hex').slice(0, 32);
const server = createServer((socket) => socket.destroy());
server.once('error', () => process.exit(IN_USE));
server.listen(`\0api-factory-${name}`, () => {
  const child = spawn(command, args, { stdio: 'inherit' });
  // Don't exit on signals before the command does.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`hold-directory: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
});
