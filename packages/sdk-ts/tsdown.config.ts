import { defineConfig } from 'tsdown';

/** What is published: one module without dependencies, for Node and browsers, and its types. */
export default defineConfig({
  entry: 'src/index.ts',
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  outDir: 'dist',
  fixedExtension: false,
  dts: true,
  clean: true,
});
