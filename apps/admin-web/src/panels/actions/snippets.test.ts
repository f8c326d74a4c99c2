import { execFileSync } from 'node:child_process';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { curlCommand, sdkCode } from './snippets.ts';

const payload = JSON.parse(
  '{"text":"it\'s \\"a\\"\\nline $HOME `id` \\\\ ! \\u2028","with-dash":[1,{"a":null}],"$ok":true,"empty":{},"none":[],"__proto__":{"x":1},"@file":"@/etc/passwd"}',
);
const call = { origin: 'http://127.0.0.1:8787', action: 'echo', payload };

describe('the curl command', () => {
  test('passes exactly the call to curl when run in a shell, with the key from the environment', () => {
    const script = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${curlCommand(call)}`;
    const words = execFileSync('sh', ['-c', script], { env: { API_KEY: 'af_live_x' } })
      .toString()
      .split('\0');
    expect(words.slice(0, -1)).toEqual([
      '-i',
      'http://127.0.0.1:8787/api/v1/actions',
      '-H',
      'authorization: Bearer af_live_x',
      '-H',
      'content-type: application/json',
      '--data-raw',
      JSON.stringify({ action: 'echo', payload }),
    ]);
  });
});

describe('the SDK code', () => {
  test('contains a literal that evaluates to the payload', () => {
    const literal = /payload: (\{[\s\S]*\}) \},\n\}\);/.exec(sdkCode(call))?.[1];
    const read = runInNewContext(`JSON.stringify(${literal})`);
    expect(JSON.parse(read)).toEqual(payload);
    expect(read).toBe(JSON.stringify(payload));
  });

  test('is formatted as if written by hand', () => {
    expect(sdkCode({ ...call, payload: { text: "it's\n", options: { size: 1 }, none: [] } })).toBe(
      `import { createApiFactory, runAction } from '@api-factory/sdk-ts';

const api = createApiFactory({ baseUrl: "http://127.0.0.1:8787", key: process.env.API_KEY });
const { data } = await runAction({
  client: api,
  body: { action: "echo", payload: {
    text: "it's\\n",
    options: {
      size: 1,
    },
    none: [],
  } },
});
console.log(data.data);`,
    );
  });
});
