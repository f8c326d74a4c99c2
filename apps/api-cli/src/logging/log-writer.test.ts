import { describe, expect, test } from 'vitest';
import { LogWriter, type Output } from './log-writer.ts';

/** An output that accepts bytes only when the test calls `take`. */
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
  const complete = (error: NodeJS.ErrnoException | null, length: number) => {
    if (waiting === null) throw new Error('no write is in progress');
    const { bytes, done } = waiting;
    waiting = null;
    text += bytes.subarray(0, length).toString();
    done(error, length);
  };
  return {
    output,
    text: () => text,
    isWriting: () => waiting !== null,
    take: (length?: number) => complete(null, length ?? (waiting?.bytes.length as number)),
    takeAll: () => {
      while (waiting !== null) complete(null, (waiting as { bytes: Buffer }).bytes.length);
    },
    refuse: (code: string) => complete(Object.assign(new Error(code), { code }), 0),
  };
}

/** A writer with such an output. Like the product, it logs the number of dropped lines. */
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

test('lines are written in order, even by partial writes', () => {
  const { reader, writer } = aWriter();
  for (const line of lines(0, 1_000)) writer.write(line);
  for (let i = 0; reader.isWriting(); i++) reader.take(Math.min(1 + (i % 7), 5));
  expect(reader.text()).toBe(lines(0, 1_000).join(''));
});

test('a line larger than a chunk is written completely', () => {
  const { reader, writer } = aWriter();
  const long = `${'x'.repeat(300_000)}\n`;
  writer.write('a\n');
  writer.write(long);
  writer.write('b\n');
  reader.takeAll();
  expect(reader.text()).toBe(`a\n${long}b\n`);
});

test('without a reader, lines are queued up to the limit; the rest are dropped and their count is logged in their place', () => {
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

test('a write to a full pipe is retried with the same bytes', async () => {
  const { reader, writer } = aWriter();
  writer.write('a\n');
  writer.write('b\n');
  reader.refuse('EAGAIN');
  await expect.poll(reader.isWriting).toBe(true);
  reader.takeAll();
  expect(reader.text()).toBe('a\nb\n');
});

test('after the pipe is closed, lines are neither queued nor written', async () => {
  const { reader, writer } = aWriter();
  writer.write('a\n');
  reader.refuse('EPIPE');
  for (const line of lines(0, 100)) writer.write(line);
  expect(reader.isWriting()).toBe(false);
  expect(await writer.drain(60_000)).toBe(true);
});

test('lines lost to a full disk are counted, and the next line is written again', () => {
  const { reader, writer } = aWriter();
  for (const line of lines(0, 3)) writer.write(line);
  reader.refuse('ENOSPC');
  expect(reader.isWriting()).toBe(false);
  writer.write('back\n');
  reader.takeAll();
  expect(reader.text()).toContain('dropped 3\n');
  expect(reader.text()).toContain('back\n');
});

describe('shutdown', () => {
  test('waits for the last line', async () => {
    const { reader, writer } = aWriter();
    for (const line of lines(0, 5)) writer.write(line);
    let resolved = false;
    const drained = writer.drain(60_000).then((all) => {
      resolved = true;
      return all;
    });
    reader.take();
    await Promise.resolve();
    expect(resolved).toBe(false);
    reader.takeAll();
    expect(await drained).toBe(true);
    expect(reader.text()).toBe(lines(0, 5).join(''));
  });

  test('does not wait for a reader that is stuck', async () => {
    const { writer } = aWriter();
    writer.write('a\n');
    expect(await writer.drain(1)).toBe(false);
  });

  test('is immediate when nothing was logged', async () => {
    const { reader, writer } = aWriter();
    expect(await writer.drain(60_000)).toBe(true);
    writer.writeRest();
    expect(reader.text()).toBe('');
  });

  test('writes the queued lines synchronously, and no line twice', () => {
    const { reader, writer } = aWriter();
    writer.write('in progress\n');
    writer.write('waiting\n');
    reader.take('in progress\n'.length);
    writer.write('more\n');
    writer.writeRest();
    reader.takeAll();
    expect(reader.text().split('\n').sort()).toEqual(['', 'in progress', 'more', 'waiting']);
  });

  test('first writes the remaining bytes of a chunk that a full pipe did not accept', () => {
    const { reader, writer } = aWriter();
    writer.write('chunk\n');
    writer.write('waiting\n');
    reader.take(2);
    reader.refuse('EAGAIN');
    writer.writeRest();
    expect([reader.text(), reader.isWriting()]).toEqual(['chunk\nwaiting\n', false]);
  });
});
