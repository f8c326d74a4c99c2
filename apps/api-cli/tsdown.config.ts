import { execFile } from 'node:child_process';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { defineConfig } from 'tsdown';

/**
 * Bundles workspace packages; the `dependencies` in package.json stay external.
 */
export default defineConfig({
  entry: { main: 'src/main.ts', 'shipping-thread': 'src/threads/shipping-thread.ts', 'heavy-thread': 'src/threads/heavy-thread.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outDir: 'dist',
  // All chunks are directly in dist/, so that `new URL('./migrations/', import.meta.url)` works in
  // each of them.
  outputOptions: { chunkFileNames: '[name]-[hash].js' },
  fixedExtension: false,
  dts: false,
  sourcemap: true,
  minify: false,
  clean: true,
  // These consist of hundreds of small modules, which load much faster when bundled.
  deps: { onlyBundle: false, alwaysBundle: ['stripe', /^kysely($|\/)/, /^typebox($|\/)/, '@fastify/type-provider-typebox'] },
  hooks: {
    'build:done': async () => {
      await promisify(execFile)(execPath, ['dist/main.js', 'openapi', '--json', '--out', 'dist/openapi.json']);
    },
  },
  copy: [
    { from: '../../packages/control/src/store/migrations/*.sql', to: 'dist/migrations', flatten: true },
    { from: '../../packages/control/src/billing/selling/pages/*', to: 'dist/pages', flatten: true },
    { from: '../admin-web/dist', to: 'dist', rename: 'console' },
  ],
});
