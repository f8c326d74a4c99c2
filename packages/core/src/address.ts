/**
 * Canonical network addresses, so that a limit per address can't be evaded by writing the address
 * differently.
 */

/** Stands in for an address that is not known, for example because the connection is closed. */
const UNKNOWN = 'unknown';

const DOTTED = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const DOTTED_WITH_PORT = /^(\d[\d.]*\d)(?::\d{1,5})?$/;
const BRACKETED = /^\[([^\]]*)\](?::\d{1,5})?$/;
/** How Node reports an IPv4 client on a dual-stack socket. */
const MAPPED_DOTTED = /^::ffff:(\d+\.[\d.]+)$/i;
const GROUP = /^[0-9a-f]{1,4}$/i;
const V6_GROUPS = 8;

/**
 * The client address of a request: that of the socket, or the one that the outermost trusted proxy
 * saw.
 *
 * Every proxy appends the address that it saw to X-Forwarded-For, so the field is read from the
 * right, one entry per trusted proxy: the client can forge the rest. An entry that is not an
 * address ends the search at the proxy that added it.
 * @param remote the socket's address
 * @param forwardedFor X-Forwarded-For, as one comma-separated string or one string per line
 * @param hops trusted proxies in front; 0 ignores the field
 * @returns the canonical form, or `unknown`
 */
export function clientAddress(remote: string | undefined, forwardedFor: string | readonly string[] | undefined, hops: number): string {
  let address = canonicalAddress(remote ?? '') ?? UNKNOWN;
  if (hops === 0 || forwardedFor === undefined) return address;
  // RFC 9110, section 5.6.1: empty elements of a list are ignored.
  const seen = String(forwardedFor)
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  for (const entry of seen.reverse().slice(0, hops)) {
    const next = canonicalAddress(entry);
    if (next === null) return address;
    address = next;
  }
  return address;
}

/**
 * The canonical form of an address: dotted IPv4, or IPv6 as in RFC 5952. Port, brackets and zone
 * are removed; an IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) becomes IPv4.
 * @returns null if the text is not an address
 */
export function canonicalAddress(text: string): string | null {
  const dotted = (DOTTED_WITH_PORT.exec(text) ?? MAPPED_DOTTED.exec(text))?.[1];
  if (dotted !== undefined) return DOTTED.test(dotted) ? dotted : null;
  const groups = readV6(BRACKETED.exec(text)?.[1] ?? text);
  return groups === null ? null : (mappedV4(groups) ?? writeV6(groups));
}

/**
 * The network of an address, as the key of a limit. A subscriber has a whole IPv6 network, usually
 * a /64 and often a /56 or a /48; an IPv4 address is its own network.
 * @param bits length of an IPv6 prefix, 0 to 128
 * @returns for example `2001:db8:0:1::/64`; IPv4 addresses and invalid input unchanged
 */
export function addressPrefix(address: string, bits: number): string {
  const canonical = canonicalAddress(address);
  if (canonical === null) return address;
  const groups = readV6(canonical);
  if (groups === null) return canonical;
  const network = groups.map((group, index) => group & (0xffff << (16 - Math.min(16, Math.max(0, bits - 16 * index)))) & 0xffff);
  return `${writeV6(network)}/${bits}`;
}

/** Whether an address is this machine's own: 127.0.0.0/8 and ::1. */
export function isLoopback(address: string | undefined): boolean {
  const canonical = canonicalAddress(address ?? '');
  return canonical === '::1' || canonical?.startsWith('127.') === true;
}

/** The eight groups of an IPv6 address (RFC 4291, section 2.2); null for anything else. */
function readV6(text: string): number[] | null {
  const [address = ''] = text.split('%', 1);
  const halves = address.split('::');
  if (halves.length > 2 || !address.includes(':')) return null;
  const [head, tail] = halves.map(readGroups);
  if (head == null || tail === null) return null;
  if (tail === undefined) return head.length === V6_GROUPS ? head : null;
  const missing = V6_GROUPS - head.length - tail.length;
  return missing < 1 ? null : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/** Groups between colons; the last may be an IPv4 address, which is two of them. */
function readGroups(text: string, half: number, halves: string[]): number[] | null {
  if (text === '') return half === 0 && halves.length === 1 ? null : [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (GROUP.test(part)) groups.push(Number.parseInt(part, 16));
    else if (DOTTED.test(part) && index === parts.length - 1 && half === halves.length - 1) groups.push(...dottedGroups(part));
    else return null;
  }
  return groups;
}

function dottedGroups(dotted: string): [number, number] {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

/** RFC 4291, section 2.5.5.2. */
function mappedV4(groups: number[]): string | null {
  const [high = 0, low = 0] = groups.slice(6);
  if (groups[5] !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return null;
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * RFC 5952, section 4: lower case; the longest run of at least two zero groups, the first of
 * equals, becomes `::`.
 */
function writeV6(groups: number[]): string {
  let [start, length] = [0, 0];
  for (let at = 0, run = 0; at < V6_GROUPS; at++) {
    run = groups[at] === 0 ? run + 1 : 0;
    if (run > length) [start, length] = [at - run + 1, run];
  }
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}
