import { defineConfig } from '@hey-api/openapi-ts';

/**
 * Generates code from the contract, offline. The output is not committed, formatted or linted.
 */
export default defineConfig({
  input: '../../openapi.yaml',
  logs: { file: false },
  output: {
    path: 'src/generated',
    module: { extension: '.ts' },
    // Importers compile this source with their own options, which may be stricter than the
    // generator's.
    header: ['// Generated from openapi.yaml by `pnpm sdk:gen`. Do not edit.', '// @ts-nocheck'],
  },
  plugins: [{ name: '@hey-api/client-fetch', throwOnError: true }, '@hey-api/typescript', '@hey-api/sdk'],
});
