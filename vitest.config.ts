import { sep } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests of the whole product, some with a browser: they take longest. */
const PRODUCT = ['apps/*/test/**/*.test.ts'];
/** Tests that measure processor time, or fill it with a thousand calls at once. */
const ALONE = [
  'apps/api-cli/test/first-calls.test.ts',
  'apps/api-cli/test/public-cost.test.ts',
  'packages/control/src/usage/read/rare-events.test.ts',
  'packages/gateway/src/heavy/pool.test.ts',
];

/** Long files first, so that none is left for the end, when only its worker has something to do. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // By their last duration, or by size where there was none.
    const sorted = await super.sort(files);
    const isProduct = ({ moduleId }: TestSpecification) => moduleId.includes(`${sep}test${sep}`);
    return [...sorted.filter(isProduct), ...sorted.filter((file) => !isProduct(file))];
  }
}

const shared = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  pool: 'forks' as const,
};

export default defineConfig({
  test: {
    globalSetup: ['packages/control/src/testing/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...shared,
          name: 'together',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', ...PRODUCT, 'scripts/**/*.test.ts', 'deploy/**/*.test.ts'],
          exclude: ALONE,
          // Much of the time is spent waiting: one worker more than the two cores that CI has.
          maxWorkers: 3,
          // A worker keeps the modules it has loaded: loading them again for each file would be a
          // third of all work.
          isolate: false,
        },
      },
      {
        test: { ...shared, name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
