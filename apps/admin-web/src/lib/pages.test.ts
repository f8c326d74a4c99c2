import { describe, expect, test } from 'vitest';
import { firstNonEmptyPage, type ListPage, readAll } from './pages.ts';

/** A list whose pages have these rows; cursors count pages. */
function aList(...pages: number[][]) {
  const asked: (string | undefined)[] = [];
  const read = async ({ cursor }: { cursor?: string }): Promise<ListPage<number>> => {
    asked.push(cursor);
    const at = Number(cursor ?? 0);
    const hasMore = at + 1 < pages.length;
    return { data: pages[at] ?? [], meta: { pagination: { cursor: hasMore ? String(at + 1) : null, hasMore } } };
  };
  return { read, asked };
}

const { signal } = new AbortController();

describe('the first page that has a row', () => {
  test('is found behind empty ones', async () => {
    const { read, asked } = aList([], [], [7], [8]);
    expect(await firstNonEmptyPage(read, { signal })).toEqual({ data: [7], meta: { pagination: { cursor: '3', hasMore: true } } });
    expect(asked).toEqual([undefined, '1', '2']);
    expect((await firstNonEmptyPage(read, { cursor: '3', signal })).data).toEqual([8]);
  });

  test('is the last one when all are empty', async () => {
    expect((await firstNonEmptyPage(aList([], [], []).read, { signal })).meta.pagination).toEqual({ cursor: null, hasMore: false });
  });

  test('is looked for in twenty pages; an empty one with a cursor says that there may be more', async () => {
    const { read, asked } = aList(...Array.from({ length: 30 }, () => []), [1]);
    const page = await firstNonEmptyPage(read, { signal });
    expect([asked.length, page]).toEqual([20, { data: [], meta: { pagination: { cursor: '20', hasMore: true } } }]);
  });
});

describe('all pages', () => {
  test('are read to the end, empty ones in between included', async () => {
    const { read } = aList([1], [], [], [2, 3], [], [4]);
    const counts: number[] = [];
    expect(await readAll(read, { most: 100, onProgress: (count) => counts.push(count) })).toEqual({ rows: [1, 2, 3, 4], complete: true });
    expect(counts).toEqual([1, 1, 1, 3, 3, 4]);
  });

  test('are cut at the most rows, which is said', async () => {
    expect(await readAll(aList([1, 2], [3]).read, { most: 2, onProgress: () => {} })).toEqual({ rows: [1, 2], complete: false });
  });
});
