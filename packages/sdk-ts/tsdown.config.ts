import { defineConfig } from 'tsdown';

/** The published package: a single module without dependencies for Node and browsers, and types. */
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
