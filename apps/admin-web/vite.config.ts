import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The server that `pnpm dev` uses. */
const PRODUCT = 'http://127.0.0.1:8787';
/** Bytes; a smaller file fits into one packet anyway. */
const SMALLEST = 1_400;

/** Writes Brotli and gzip copies of every text file, for the server to send as they are. */
const compressed = (): Plugin => ({
  name: 'compressed-copies',
  apply: 'build',
  // Not earlier: Vite inserts the names of other chunks until a chunk is written.
  writeBundle({ dir = '' }, bundle) {
    for (const fileName of Object.keys(bundle)) {
      const path = join(dir, fileName);
      if (!/\.(js|css|svg)$/.test(fileName) || statSync(path).size < SMALLEST) continue;
      const source = readFileSync(path);
      writeFileSync(`${path}.br`, brotliCompressSync(source, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
      writeFileSync(`${path}.gz`, gzipSync(source, { level: 9 }));
    }
  },
});

export default defineConfig({
  plugins: [react(), compressed()],
  build: { target: 'es2022', manifest: true, sourcemap: false, chunkSizeWarningLimit: 700, modulePreload: { polyfill: false } },
  server: {
    proxy: Object.fromEntries(['/api', '/_api', '/docs', '/openapi', '/checkout'].map((path) => [path, { target: PRODUCT }])),
  },
});
