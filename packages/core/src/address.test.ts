import { isIPv4, isIPv6 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { addressPrefix, canonicalAddress, clientAddress, isLoopback } from './address.ts';

describe('canonicalAddress', () => {
  it.each([
    [
      '203.0.113.9',
      ['203.0.113.9', '203.0.113.9:40001', '203.0.113.9:0', '::ffff:203.0.113.9', '::FFFF:cb00:7109', '[::ffff:203.0.113.9]:443'],
    ],
    ['0.0.0.0', ['0.0.0.0', '::ffff:0:0', '0:0:0:0:0:ffff:0.0.0.0']],
    ['255.255.255.255', ['255.255.255.255', '::ffff:ffff:ffff']],
    ['2001:db8::1', ['2001:db8::1', '[2001:db8::1]', '[2001:db8::1]:443', '2001:DB8:0:0:0:0:0:1', '2001:0db8::0001', '2001:db8::0.0.0.1']],
    ['fe80::1', ['fe80::1', 'fe80::1%eth0', '[fe80::1%25eth0]:80', 'FE80::1%3']],
    ['::', ['::', '0::0', '0:0:0:0:0:0:0:0']],
    ['::1', ['::1', '0:0:0:0:0:0:0:1', '[::1]:8787']],
    ['2001:db8:0:1:1:1:1:1', ['2001:db8::1:1:1:1:1']],
    ['2001:0:0:1::1', ['2001:0:0:1:0:0:0:1']],
    ['2001:db8::1:0:0:1', ['2001:db8:0:0:1:0:0:1']],
    ['1:2:3:4:5:6:7:0', ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0']],
    ['0:2:3:4:5:6:7:8', ['::2:3:4:5:6:7:8']],
  ])('writes every form of %s in the same way', (canonical, forms) => {
    for (const form of forms) expect(canonicalAddress(form)).toBe(canonical);
  });

  it.each([
    ...['', ' ', 'unknown', '_hidden', '256.0.0.1', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.4:', '1.2.3.4:http', '1.2.3.4:1:2', '1..2.3'],
    ...[':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '::12345', '::g', '1.2.3.4::', '::1.2.3.4:5'],
    ...['[2001:db8::1', '2001:db8::1]', '[]', '[]:1', '[::1]:', '[::1]x', '[1.2.3.4]', '[[::1]]', 'example.com', '"192.0.2.1"'],
  ])('returns null for %j', (text) => {
    expect(canonicalAddress(text)).toBeNull();
  });

  it('accepts the same addresses as Node, and leaves canonical ones unchanged', () => {
    const random = generator(7);
    for (let round = 0; round < 20_000; round++) {
      const text = randomAddress(random);
      const canonical = canonicalAddress(text);
      expect([text, canonical !== null]).toEqual([text, isIPv4(text) || isIPv6(text)]);
      if (canonical !== null) expect(canonicalAddress(canonical)).toBe(canonical);
      if (canonical !== null && isIPv6(canonical)) expect(canonical).toBe(new URL(`http://[${text}]`).hostname.slice(1, -1));
    }
  });
});

describe('clientAddress', () => {
  const proxy = '10.0.0.1';

  it('without trusted proxies is the address of the socket, whatever X-Forwarded-For contains', () => {
    expect(clientAddress('::ffff:203.0.113.9', '198.51.100.1', 0)).toBe('203.0.113.9');
    expect(clientAddress(proxy, undefined, 2)).toBe(proxy);
    expect(clientAddress(undefined, undefined, 0)).toBe('unknown');
  });

  it('reads one entry from the right per trusted proxy, and never one that the client wrote', () => {
    const field = '1.1.1.1, 198.51.100.7, 10.0.0.2';
    expect(clientAddress(proxy, field, 1)).toBe('10.0.0.2');
    expect(clientAddress(proxy, field, 2)).toBe('198.51.100.7');
    expect(clientAddress(proxy, field, 3)).toBe('1.1.1.1');
    expect(clientAddress(proxy, field, 10)).toBe('1.1.1.1');
  });

  it('is the same with and without port, brackets, zone and mapping', () => {
    for (const entry of ['203.0.113.9', '203.0.113.9:40001', '::ffff:203.0.113.9', '[::ffff:cb00:7109]:1'])
      expect(clientAddress(proxy, `6.6.6.6, ${entry}`, 1)).toBe('203.0.113.9');
    for (const entry of ['2001:db8::1', '[2001:db8::1]', '[2001:db8::1]:443', '2001:DB8:0::1%9'])
      expect(clientAddress(proxy, entry, 1)).toBe('2001:db8::1');
  });

  it('is the nearest trusted address when an entry is not an address', () => {
    expect(clientAddress(proxy, 'unknown', 1)).toBe(proxy);
    expect(clientAddress(proxy, '6.6.6.6, nonsense, 10.0.0.2', 2)).toBe('10.0.0.2');
    expect(clientAddress(proxy, '6.6.6.6, nonsense, 10.0.0.2', 3)).toBe('10.0.0.2');
  });

  it('joins several lines of the field, and ignores empty elements', () => {
    expect(clientAddress(proxy, ['6.6.6.6', '198.51.100.7, 10.0.0.2'], 2)).toBe('198.51.100.7');
    expect(clientAddress(proxy, ' , 198.51.100.7 ,, 10.0.0.2,', 2)).toBe('198.51.100.7');
    expect(clientAddress(proxy, '', 1)).toBe(proxy);
  });

  it('falls back to X-Forwarded-For when the socket is closed, then to unknown', () => {
    expect(clientAddress(undefined, '198.51.100.7', 1)).toBe('198.51.100.7');
    expect(clientAddress(undefined, 'nonsense', 1)).toBe('unknown');
  });
});

describe('addressPrefix', () => {
  it.each([
    [128, '2001:db8:1234:5678:9abc:def0:1234:5678/128'],
    [64, '2001:db8:1234:5678::/64'],
    [56, '2001:db8:1234:5600::/56'],
    [48, '2001:db8:1234::/48'],
    [1, '::/1'],
    [0, '::/0'],
  ])('cuts an IPv6 address to %i bits', (bits, expected) => {
    expect(addressPrefix('2001:DB8:1234:5678:9abc:def0:1234:5678', bits)).toBe(expected);
  });

  it('does not cut IPv4 addresses, mapped or not, or invalid input', () => {
    expect(addressPrefix('203.0.113.9', 48)).toBe('203.0.113.9');
    expect(addressPrefix('::ffff:203.0.113.9', 48)).toBe('203.0.113.9');
    expect(addressPrefix('unknown', 64)).toBe('unknown');
  });
});

describe('isLoopback', () => {
  it('is true for 127.0.0.0/8 and ::1 in any form, and false otherwise', () => {
    for (const own of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '::FFFF:7f00:1']) expect(isLoopback(own)).toBe(true);
    for (const other of ['128.0.0.1', '10.127.0.1', '::2', '1::1', '::127.0.0.1', '127.example.com', '', undefined])
      expect(isLoopback(other)).toBe(false);
  });
});

/** A seeded random number generator: numbers from 0 to 1, the same in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Text that resembles an address: groups, colons and dots, with occasional mistakes. */
function randomAddress(random: () => number): string {
  const pick = (choices: string[]) => choices[Math.floor(random() * choices.length)] as string;
  if (random() < 0.2)
    return Array.from({ length: 3 + Math.ceil(random() * 1.2) }, () => pick(['0', '1', '99', '127', '255', '256'])).join('.');
  const groups = Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick(['0', '0', '1', 'ffff', 'FFFF', 'db8', '00ff', 'g', '']));
  if (random() < 0.2) groups.push('192.0.2.1');
  if (random() < 0.3) groups.unshift('', '');
  return groups.join(':');
}
