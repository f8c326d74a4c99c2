import { Agent, request } from 'node:http';

export interface Quality {
  p50Ms: number;
  p99Ms: number;
  sent: number;
  failed: number;
}

const EVERY_MS = 5;
const BODY = '{"action":"echo","payload":{"message":"hello"}}';

/**
 * A well-behaved client: a small call every five milliseconds, with one key after another. A late
 * response delays no later call, so that a stall counts for every call that it affects.
 */
export async function measure({ port, keys, seconds }: { port: number; keys: string[]; seconds: number }): Promise<Quality> {
  const agent = new Agent({ keepAlive: true });
  const times: number[] = [];
  let failed = 0;
  const call = (key: string) =>
    new Promise<void>((resolve) => {
      const from = performance.now();
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const sent = request({ host: '127.0.0.1', port, agent, method: 'POST', path: '/api/v1/actions', headers }, (answer) => {
        answer.resume();
        answer.on('end', () => {
          times.push(performance.now() - from);
          if (answer.statusCode !== 200) failed += 1;
          resolve();
        });
      });
      sent.on('error', () => {
        failed += 1;
        resolve();
      });
      sent.end(BODY);
    });
  const open: Promise<void>[] = [];
  const until = performance.now() + seconds * 1_000;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (performance.now() < until) {
        open.push(call(keys[open.length % keys.length] as string));
        return;
      }
      clearInterval(timer);
      resolve();
    }, EVERY_MS);
  });
  await Promise.all(open);
  agent.destroy();
  return { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99), sent: open.length, failed };
}

function percentile(times: number[], share: number): number {
  const sorted = times.sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
