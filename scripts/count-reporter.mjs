import { writeFileSync } from 'node:fs';

/**
 * A vitest reporter that writes how many tests passed and failed into the file that TEST_COUNT_FILE
 * names.
 */
export default class CountReporter {
  /** A file that could not be loaded, and an error outside every test, count as a failure each. */
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
