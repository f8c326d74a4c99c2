import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createState, restoreState, type State } from './state.ts';

const minWaitMs = 200;
/** Spends at most a tenth of the time on writing. */
const pauseFactor = 10;

export type StateFile = {
  state: State;
  /** Schedules a write of the changed state. */
  changed(): void;
  /** Writes pending changes. */
  close(): Promise<void>;
};

/** Opens the state of a directory, empty if there is none. The file is replaced atomically. */
export async function openStateFile(directory: string | null): Promise<StateFile> {
  if (directory === null) return { state: createState(), changed: () => {}, close: async () => {} };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'state.json');
  const state = await readState(path);
  return { state, ...createWriter(() => writeState(path, state)) };
}

/** Writes shortly after a change, one write at a time; a large state is written less often. */
function createWriter(write: () => Promise<void>): Pick<StateFile, 'changed' | 'close'> {
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> | null = null;
  let waitMs = minWaitMs;
  let dirty = false;
  const plan = () => {
    timer ??= setTimeout(() => {
      timer = null;
      run().catch(() => {});
    }, waitMs).unref();
  };
  const run = async () => {
    dirty = false;
    const start = performance.now();
    writing = write();
    try {
      await writing;
    } catch (error) {
      dirty = true;
      throw error;
    } finally {
      writing = null;
      waitMs = Math.max(minWaitMs, (performance.now() - start) * pauseFactor);
      if (dirty) plan();
    }
  };
  return {
    changed() {
      dirty = true;
      if (writing === null) plan();
    },
    async close() {
      await writing?.catch(() => {});
      if (timer !== null) clearTimeout(timer);
      if (dirty) await run();
    },
  };
}

async function writeState(path: string, state: State): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function readState(path: string): Promise<State> {
  try {
    return restoreState(JSON.parse(await readFile(path, 'utf8')) as Partial<State>);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return createState();
    throw error;
  }
}
