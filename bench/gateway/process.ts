import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';

/** The server under test has its own core; load generator, database and bench share the other. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

export const hasCommand = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;

const canPin = availableParallelism() > 1 && hasCommand('taskset');

/** Whether server and load run on separate cores. */
export const isPinned = (): boolean => canPin;

/** The command, pinned to a core if the system supports it. */
export const pinned = (core: number, command: string[]): string[] => (canPin ? ['taskset', '-c', String(core), ...command] : command);

/** Moves a running process with its threads and future children to a core. */
export function movePid(pid: number, core: number): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)]);
}

export async function collectOutput(child: ChildProcess): Promise<string> {
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const code = await new Promise((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', reject);
  });
  if (code !== 0) throw new Error(`exit code ${code}:\n${output}`);
  return output;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

export interface Running {
  /** The process that does the work: for nginx the worker, not the master. */
  workPid(): number;
  output(): string;
  /** SIGTERM, and SIGKILL after ten seconds. */
  stop(): Promise<void>;
}

export interface Launch {
  command: string[];
  env?: Record<string, string>;
  /** Whether a child of this process does the work. */
  worker?: boolean;
}

/** Starts a server on the server core. Keeps the end of its output for error messages. */
export function start({ command, env = {}, worker = false }: Launch): Running {
  const [program, ...args] = pinned(SERVER_CORE, command) as [string, ...string[]];
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk).slice(-4_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => resolve());
    child.on('error', (error) => {
      output += error.message;
      resolve();
    });
  });
  return {
    workPid: () => (worker ? childPids(child.pid ?? 0)[0] : child.pid) ?? 0,
    output: () => output,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const last = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(last);
    },
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const childPids = (pid: number): number[] => read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);

/** CPU time of a process with all threads, in µs; NaN without /proc. A tick is 10 ms on Linux. */
export const cpuUs = (pid: number): number => ticksUs(`/proc/${pid}/stat`);

/** CPU time of the main thread, which handles the requests. */
export const threadCpuUs = (pid: number): number => ticksUs(`/proc/${pid}/task/${pid}/stat`);

function ticksUs(path: string): number {
  const fields = read(path).split(') ')[1]?.split(' ');
  return fields ? (Number(fields[11]) + Number(fields[12])) * 10_000 : Number.NaN;
}

/** Resident memory of a process in MB; NaN without /proc. */
export function residentMb(pid: number): number {
  const kB = /VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1];
  return kB ? Number(kB) / 1_024 : Number.NaN;
}
