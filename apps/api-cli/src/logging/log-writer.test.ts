import { describe, expect, test } from 'vitest';
import { LogWriter, type Output } from './log-writer.ts';

/** A reader that takes what it is told to take, when it is told. */
function aReader() {
  let text = '';
  let waiting: { bytes: Buffer; done: Parameters<Output['write']>[1] } | null = null;
  const output: Output = {
    write: (bytes, done) => {
      waiting = { bytes, done };
    },
    writeSync: (bytes) => {
      text += bytes.subarray(0, 4).toString();
      return Math.min(4, bytes.length);
    },
  };
  const answer = (error: NodeJS.ErrnoException | null, length: number) => {
    if (waiting === null) throw new Error('nothing is being written');
    const { bytes, done } = waiting;
    waiting = null;
    text += bytes.subarray(0, length).toString();
    done(error, length);
  };
  return {
    output,
    text: () => text,
    isAsked: () => waiting !== null,
    take: (length?: number) => answer(null, length ?? (waiting?.bytes.length as number)),
    takeAll: () => {
      while (waiting !== null) answer(null, (waiting as { bytes: Buffer }).bytes.length);
    },
    refuse: (code: string) => answer(Object.assign(new Error(code), { code }), 0),
  };
}

/** A writer on it, with what it says of dropped lines put into the log as the product does. */
function aWriter(mostWaiting?: number) {
  const reader = aReader();
  const writer: LogWriter = new LogWriter({
    output: reader.output,
    ...(mostWaiting === undefined ? {} : { mostWaiting }),
    onDropped: (count) => writer.write(`dropped ${count}\n`),
  });
  return { reader, writer };
}

const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`);

test('lines are written in order, whatever part of them is taken at once', () => {
  const { reader, writer } = aWriter();
  for (const line of lines(0, 1_000)) writer.write(line);
  for (let i = 0; reader.isAsked(); i++) reader.take(Math.min(1 + (i % 7), 5));
  expect(reader.text()).toBe(lines(0, 1_000).join(''));
});

test('a line over the size of a chunk is written whole', () => {
  const { reader, writer } = aWriter();
  const long = `${'x'.repeat(300_000)}\n`;
  writer.write('a\n');
  writer.write(long);
  writer.write('b\n');
  reader.takeAll();
  expect(reader.text()).toBe(`a\n${long}b\n`);
});

test('while nobody reads, lines wait up to the bound; the rest is dropped, counted and told in its place', () => {
  const { reader, writer } = aWriter(700);
  writer.write('first\n');
  for (const line of lines(100, 300)) writer.write(line);
  expect(reader.text()).toBe('');
  reader.takeAll();
  writer.write('after\n');
  reader.takeAll();
  const found = reader.text().trimEnd().split('\n');
  const kept = found.filter((line) => line.startsWith('line ')).length;
  expect(kept).toBe(Math.floor(700 / 'line 100\n'.length));
  expect(found.slice(0, 2)).toEqual(['first', 'line 100']);
  expect(found.slice(-2)).toEqual([`dropped ${200 - kept}`, 'after']);
});

test('a full pipe is tried again with the same bytes', async () => {
  const { reader, writer } = aWriter();
  writer.write('a\n');
  writer.write('b\n');
  reader.refuse('EAGAIN');
  await expect.poll(reader.isAsked).toBe(true);
  reader.takeAll();
  expect(reader.text()).toBe('a\nb\n');
});

test('after the reader is gone nothing is kept and nothing is tried', async () => {
  const { reader, writer } = aWriter();
  writer.write('a\n');
  reader.refuse('EPIPE');
  for (const line of lines(0, 100)) writer.write(line);
  expect(reader.isAsked()).toBe(false);
  expect(await writer.drain(60_000)).toBe(true);
});

test('lines that a full disk refused are counted, and the next line tries anew', () => {
  const { reader, writer } = aWriter();
  for (const line of lines(0, 3)) writer.write(line);
  reader.refuse('ENOSPC');
  expect(reader.isAsked()).toBe(false);
  writer.write('back\n');
  reader.takeAll();
  expect(reader.text()).toContain('dropped 3\n');
  expect(reader.text()).toContain('back\n');
});

describe('the end', () => {
  test('waits for the last line', async () => {
    const { reader, writer } = aWriter();
    for (const line of lines(0, 5)) writer.write(line);
    let ended = false;
    const drained = writer.drain(60_000).then((all) => {
      ended = true;
      return all;
    });
    reader.take();
    await Promise.resolve();
    expect(ended).toBe(false);
    reader.takeAll();
    expect(await drained).toBe(true);
    expect(reader.text()).toBe(lines(0, 5).join(''));
  });

  test('does not wait for a reader that takes nothing', async () => {
    const { writer } = aWriter();
    writer.write('a\n');
    expect(await writer.drain(1)).toBe(false);
  });

  test('without a line there is nothing to wait for', async () => {
    const { reader, writer } = aWriter();
    expect(await writer.drain(60_000)).toBe(true);
    writer.writeRest();
    expect(reader.text()).toBe('');
  });

  test('writes at once what the background has not begun, and no line twice', () => {
    const { reader, writer } = aWriter();
    writer.write('under way\n');
    writer.write('waiting\n');
    reader.take('under way\n'.length);
    writer.write('more\n');
    writer.writeRest();
    reader.takeAll();
    expect(reader.text().split('\n').sort()).toEqual(['', 'more', 'under way', 'waiting']);
  });

  test('writes what a full pipe did not take, from its first byte that is missing on, before all the rest', () => {
    const { reader, writer } = aWriter();
    writer.write('chunk\n');
    writer.write('waiting\n');
    reader.take(2);
    reader.refuse('EAGAIN');
    writer.writeRest();
    expect([reader.text(), reader.isAsked()]).toEqual(['chunk\nwaiting\n', false]);
  });
});
