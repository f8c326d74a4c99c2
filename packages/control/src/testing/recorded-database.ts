import { Kysely, PostgresDialect } from 'kysely';
import { connectAlone, connectionConfig, type Database, SCHEMA } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';
import { testPool } from './database.ts';

interface Statement {
  text: string;
  values: unknown[];
}

/** A database that records its statements, so that a test can explain them. */
export interface RecordedDatabase {
  db: Database;
  /**
   * The tables that each recorded statement would scan sequentially now; then forgets the
   * statements.
   */
  sequentialScans(): Promise<{ table: string; statement: string }[]>;
  close(): Promise<void>;
}

export async function recordedDatabase(url: string): Promise<RecordedDatabase> {
  const recorded: Statement[] = [];
  const pool = testPool({ ...connectionConfig(url), max: 4, onConnect: (client) => client.query(`set search_path = ${SCHEMA}`) });
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const recording = (text: unknown, values?: unknown, ...rest: unknown[]): unknown => {
      if (typeof text === 'string' && /^\s*(--.*\n\s*)?(select|insert|update|delete|with)\b/i.test(text))
        recorded.push({ text, values: (values as unknown[] | undefined) ?? [] });
      return query(text, values, ...rest);
    };
    client.query = recording as typeof client.query;
  });
  const explaining = await connectAlone(url);
  return {
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
    sequentialScans: async () => {
      const found = [];
      for (const { text, values } of recorded.splice(0)) {
        const { rows } = await explaining.query(`explain (format json) ${text}`, values);
        for (const table of scannedIn(rows[0]['QUERY PLAN'][0].Plan)) found.push({ table, statement: text });
      }
      return found;
    },
    close: async () => {
      await explaining.end();
      await pool.end();
    },
  };
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: PlanNode[];
}

function scannedIn(node: PlanNode): string[] {
  const own = node['Node Type'] === 'Seq Scan' && node['Relation Name'] !== undefined ? [node['Relation Name']] : [];
  return [...own, ...(node.Plans ?? []).flatMap(scannedIn)];
}
