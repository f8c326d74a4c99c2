import type { Client } from '@api-factory/sdk-ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { type Columns, table } from './table.ts';
import { outJson, type Terminal } from './terminal.ts';

/** The most items that the operator API returns in one page. */
const LARGEST_PAGE = 1000;

/** Options of a command made by `listCommand`. What isn't named here is a filter of the API. */
export interface ListOptions extends ConnectionOptions {
  limit: number;
  [filter: string]: unknown;
}

interface Page<Item> {
  data: { data: Item[]; meta: { pagination: { cursor: string | null } } };
}

/** An operation of the SDK that answers with a page. */
type ListOperation<Item> = (request: { client: Client; query: object }) => Promise<Page<Item>>;

/** Prints up to `--limit` items, newest first, as a table or as JSON. */
export async function printList<Item>(
  { list, columns }: { list: ListOperation<Item>; columns: Columns<Item> },
  options: ListOptions,
  terminal: Terminal,
): Promise<void> {
  const { limit, json, url, adminKey, adminKeyFile, ...filters } = options;
  const client = await connect(options, terminal);
  let more = false;
  const items = await listUpTo(limit, async (paging) => {
    const page = await list({ client, query: { ...filters, ...paging } });
    more = page.data.meta.pagination.cursor !== null;
    return page;
  });
  if (json) outJson(terminal, items);
  else terminal.out(table(items, columns));
  if (more) terminal.say(`The list is cut off at ${items.length}. Use --limit to see more.`);
}

/** Follows the cursors of a list until there are `limit` items, or no next page. */
export async function listUpTo<Item>(
  limit: number,
  fetchPage: (paging: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null | undefined;
  while (items.length < limit && cursor !== null) {
    const { data: page } = await fetchPage({ limit: Math.min(limit - items.length, LARGEST_PAGE), ...(cursor ? { cursor } : {}) });
    items.push(...page.data);
    cursor = page.meta.pagination.cursor;
  }
  return items;
}
