import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { TestProduct } from './product.ts';

/** Every row of every table, as text. */
export async function databaseText({ product }: TestProduct): Promise<string> {
  const { rows } = await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'api_factory'`.execute(
    product.db,
  );
  let text = '';
  for (const { name } of rows) {
    const { rows: found } = await sql<{ row: string }>`select r::text as row from ${sql.table(name)} r`.execute(product.db);
    text += found.map(({ row }) => row).join('\n');
  }
  return text;
}

/** Every file below `dir`, as text. */
export const filesText = (dir: string): string =>
  readdirSync(dir)
    .map((name) => join(dir, name))
    .map((path) => (statSync(path).isDirectory() ? filesText(path) : readFileSync(path, 'latin1')))
    .join('\n');
