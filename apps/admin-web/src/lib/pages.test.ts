import { describe, expect, test } from 'vitest';
import { firstNonEmptyPage, type ListPage, readAll } from './pages.ts';

/** A list with these pages; a cursor is a page’s index. */
function aList(...pages: number[][]) {
  const cursors: (string | undefined)[] = [];
  const read = async ({ cursor }: { cursor?: string }): Promise<ListPage<number>> => {
    cursors.push(cursor);
    const at = Number(cursor ?? 0);
    const hasMore = at + 1 < pages.length;
    return { data: pages[at] ?? [], meta: { pagination: { cursor: hasMore ? String(at + 1) : null, hasMore } } };
  };
  return { read, cursors };
}

const { signal } = new AbortController();

describe('the first page with a row', () => {
  test('is found after empty pages', async () => {
    const { read, cursors } = aList([], [], [7], [8]);
    expect(await firstNonEmptyPage(read, { signal })).toEqual({ data: [7], meta: { pagination: { cursor: '3', hasMore: true } } });
    expect(cursors).toEqual([undefined, '1', '2']);
    expect((await firstNonEmptyPage(read, { cursor: '3', signal })).data).toEqual([8]);
  });

  test('is the last page when all are empty', async () => {
    expect((await firstNonEmptyPage(aList([], [], []).read, { signal })).meta.pagination).toEqual({ cursor: null, hasMore: false });
  });

  test('is searched for in at most 20 pages; an empty page with a cursor means that there may be more', async () => {
    const { read, cursors } = aList(...Array.from({ length: 30 }, () => []), [1]);
    const page = await firstNonEmptyPage(read, { signal });
    expect([cursors.length, page]).toEqual([20, { data: [], meta: { pagination: { cursor: '20', hasMore: true } } }]);
  });
});

describe('an export', () => {
  test('loads every page, including those after an empty one', async () => {
    const { read } = aList([1], [], [], [2, 3], [], [4]);
    const counts: number[] = [];
    expect(await readAll(read, { most: 100, onProgress: (count) => counts.push(count) })).toEqual({ rows: [1, 2, 3, 4], complete: true });
    expect(counts).toEqual([1, 1, 1, 3, 3, 4]);
  });

  test('stops at the row limit and reports that it is incomplete', async () => {
    expect(await readAll(aList([1, 2], [3]).read, { most: 2, onProgress: () => {} })).toEqual({ rows: [1, 2], complete: false });
  });
});
