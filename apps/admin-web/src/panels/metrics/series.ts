import type { ChartData } from '../../ui/time-chart.tsx';

type Series = ChartData['series'];

/** Answers by class, in the colours that their outcomes have everywhere. */
const CLASSES = [
  { key: '1xx', label: '1xx', color: 'gray.5' },
  { key: '2xx', label: '2xx', color: 'teal.7' },
  { key: '3xx', label: '3xx', color: 'blue.5' },
  { key: '4xx', label: '4xx', color: 'yellow.7' },
  { key: '5xx', label: '5xx', color: 'red.8' },
] as const;

/** Always drawn, so that “no errors” can be seen. */
const ALWAYS = new Set<string>(['2xx', '4xx', '5xx']);

/** A series for each class that is always shown or that occurs. */
export const classSeries = (occurring: ReadonlySet<string>): Series => CLASSES.filter(({ key }) => ALWAYS.has(key) || occurring.has(key));

/** Codes that are met often keep their colour. */
const CODE_COLORS: Record<string, string> = {
  ALLOW: 'teal.7',
  RATE_LIMITED: 'orange.5',
  QUOTA_EXCEEDED: 'orange.8',
  INVALID_KEY: 'yellow.7',
  UNAUTHORIZED: 'yellow.4',
  KEY_SUSPENDED: 'grape.6',
  KEY_EXPIRED: 'gray.6',
  KEY_REVOKED: 'gray.8',
};
const OTHERS = ['indigo.5', 'pink.6', 'cyan.7', 'violet.4', 'red.8', 'lime.8'];

/** A series for each code that occurs: ALLOW first, then by name, so that the order stays when counts change. */
export function codeSeries(occurring: Iterable<string>): Series {
  const codes = [...new Set(occurring)].sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
  const others = codes.filter((code) => !Object.hasOwn(CODE_COLORS, code));
  const colorOf = (code: string) => (Object.hasOwn(CODE_COLORS, code) ? CODE_COLORS[code] : OTHERS[others.indexOf(code) % OTHERS.length]);
  return codes.map((code) => ({ key: code, label: code, color: colorOf(code) ?? 'gray.6' }));
}

const rank = (code: string): number => (code === 'ALLOW' ? 0 : 1);
