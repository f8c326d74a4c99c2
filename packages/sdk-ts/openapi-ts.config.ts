import { defineConfig } from '@hey-api/openapi-ts';

/**
 * Reads the contract and nothing else, offline; what comes out is neither committed nor formatted
 * nor linted.
 */
export default defineConfig({
  input: '../../openapi.yaml',
  logs: { file: false },
  output: {
    path: 'src/generated',
    module: { extension: '.ts' },
    // Whoever imports this source compiles it with options of their own, which may be stricter than
    // the generator's.
    header: ['// Made from openapi.yaml by `pnpm sdk:gen`. Do not edit.', '// @ts-nocheck'],
  },
  plugins: [{ name: '@hey-api/client-fetch', throwOnError: true }, '@hey-api/typescript', '@hey-api/sdk'],
});
