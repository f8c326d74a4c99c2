/** `npm run docs`: writes the documents that are generated from the source. */
import { writeFileSync } from 'node:fs';
import { generated } from './documents.ts';

for (const [path, text] of Object.entries(generated())) writeFileSync(new URL(`../../${path}`, import.meta.url), text);
