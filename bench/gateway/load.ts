import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { collectOutput, hasCommand, LOAD_CORE, pinned } from './process.ts';

export const CONNECTIONS = 64;
export const BODY = '{"action":"echo","payload":{"message":"hello"}}';

export interface Load {
  perSecond: number;
  p50Us: number;
  p99Us: number;
  requests: number;
  failed: number;
}

export const loadTool = (): 'wrk' | 'autocannon' => (hasCommand('wrk') ? 'wrk' : 'autocannon');

export interface LoadPlan {
  port: number;
  keysFile: string;
  seconds: number;
  /** Starts after this many keys of the file. */
  skip?: number;
}

/** Sends echo calls over 64 connections for `seconds`, with each key of the file in turn. */
export function runLoad(plan: LoadPlan): Promise<Load> {
  return loadTool() === 'wrk' ? runWrk(plan) : runAutocannon(plan);
}

async function runWrk({ port, keysFile, seconds, skip = 0 }: LoadPlan): Promise<Load> {
  const script = fileURLToPath(new URL('load.lua', import.meta.url));
  const wrk = ['wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${port}`, '--', keysFile, String(skip)];
  const [command, ...args] = pinned(LOAD_CORE, wrk) as [string, ...string[]];
  const output = await collectOutput(spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (!line) throw new Error(`wrk printed no result:\n${output}`);
  const { requests, durationUs, p50Us, p99Us, failed } = JSON.parse(line);
  return { perSecond: requests / (durationUs / 1e6), p50Us, p99Us, requests, failed };
}

/** Fallback without wrk, in this process. Its latencies are whole milliseconds. */
async function runAutocannon({ port, keysFile, seconds, skip = 0 }: LoadPlan): Promise<Load> {
  const keys = readFileSync(keysFile, 'utf8').trim().split('\n');
  const result = await autocannon({
    url: `http://127.0.0.1:${port}/api/v1/actions`,
    connections: CONNECTIONS,
    duration: seconds,
    requests: [...keys.slice(skip), ...keys.slice(0, skip)].map((key) => ({
      method: 'POST' as const,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: BODY,
    })),
  });
  return {
    perSecond: result.requests.total / result.duration,
    p50Us: result.latency.p50 * 1_000,
    p99Us: result.latency.p99 * 1_000,
    requests: result.requests.total,
    failed: result.non2xx + result.errors,
  };
}
