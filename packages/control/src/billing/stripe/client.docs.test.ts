import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { API_VERSION } from './client.ts';

test('docs/billing.md names the API version that the endpoint must use', async () => {
  const text = await readFile(new URL('../../../../../docs/billing.md', import.meta.url), 'utf8');
  expect(text).toContain(`Choose the API version \`${API_VERSION}\``);
});
