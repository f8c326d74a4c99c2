import { defineConfig } from 'tsdown';

/**
 * Workspace packages go into the bundle; the packages that package.json names under `dependencies`
 * stay outside.
 */
export default defineConfig({
  entry: { main: 'src/main.ts', 'shipping-thread': 'src/threads/shipping-thread.ts', 'heavy-thread': 'src/threads/heavy-thread.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outDir: 'dist',
  // All chunks lie flat in dist/, so that `new URL('./migrations/', import.meta.url)` holds in each
  // of them.
  outputOptions: { chunkFileNames: '[name]-[hash].js' },
  fixedExtension: false,
  dts: false,
  sourcemap: true,
  minify: false,
  clean: true,
  // These are hundreds of small modules: bundled, they load in a fraction of the time.
  deps: { onlyBundle: false, alwaysBundle: ['stripe', /^kysely($|\/)/, /^typebox($|\/)/, '@fastify/type-provider-typebox'] },
  copy: [
    { from: '../../packages/control/src/store/migrations/*.sql', to: 'dist/migrations', flatten: true },
    { from: '../../packages/control/src/billing/selling/pages/*', to: 'dist/pages', flatten: true },
    { from: '../admin-web/dist', to: 'dist', rename: 'console' },
  ],
});
