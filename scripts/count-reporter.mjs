import { writeFileSync } from 'node:fs';

/** A vitest reporter that writes the numbers of passed and failed tests to TEST_COUNT_FILE. */
export default class CountReporter {
  /** A file that can't be loaded and an error outside of tests each count as one failure. */
  onTestRunEnd(modules, unhandledErrors) {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        if (state === 'failed') failed += 1;
      }
      failed += module.errors().length;
    }
    writeFileSync(process.env.TEST_COUNT_FILE, JSON.stringify({ passed, failed }));
  }
}
