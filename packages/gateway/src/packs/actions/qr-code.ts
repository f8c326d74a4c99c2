import { ProblemError } from '@api-factory/core';
import encodeQR from 'qr';
import { Type } from 'typebox';
import { defineAction } from './action.ts';

const LEVELS = { L: 'low', M: 'medium', Q: 'quartile', H: 'high' } as const;
type Level = keyof typeof LEVELS;

/** Capacity of the largest code (version 40) by level, ISO/IEC 18004:2015, table 7. */
const CAPACITY: Record<Level, { digits: number; alphanumeric: number; bytes: number }> = {
  L: { digits: 7_089, alphanumeric: 4_296, bytes: 2_953 },
  M: { digits: 5_596, alphanumeric: 3_391, bytes: 2_331 },
  Q: { digits: 3_993, alphanumeric: 2_420, bytes: 1_663 },
  H: { digits: 3_057, alphanumeric: 1_852, bytes: 1_273 },
};
/** The quiet zone that ISO/IEC 18004 requires, in modules. */
const QUIET_ZONE = 4;

/** A QR code (ISO/IEC 18004) of a UTF-8 text, as SVG. The markup never contains the text. */
export const qrCode = defineAction({
  name: 'qr_code',
  summary: 'Draws a QR code as SVG',
  payload: Type.Object(
    {
      text: Type.String({
        minLength: 1,
        maxLength: 2_000,
        description:
          'Encoded as UTF-8. A code holds 2,953 bytes at error correction L, 2,331 at M, 1,663 at Q and 1,273 at H, and more if the text has only digits, or only 0–9 A–Z $%*+-./: and spaces',
      }),
      size: Type.Optional(Type.Integer({ minimum: 32, maximum: 2_048, description: 'Width and height in pixels' })),
      errorCorrection: Type.Optional(Type.Union([Type.Literal('L'), Type.Literal('M'), Type.Literal('Q'), Type.Literal('H')])),
    },
    { additionalProperties: false },
  ),
  cost: 5,
  heavy: true,
  run: ({ text, size = 256, errorCorrection = 'M' }) => {
    refuseTooLong(text, errorCorrection);
    const modules = encodeQR(text, 'raw', { ecc: LEVELS[errorCorrection], border: QUIET_ZONE });
    return { contentType: 'image/svg+xml', svg: drawSvg(modules, size) };
  },
});

function refuseTooLong(text: string, level: Level): void {
  const { digits, alphanumeric, bytes } = CAPACITY[level];
  const byteLength = Buffer.byteLength(text);
  const [length, limit, unit] = /^\d*$/.test(text)
    ? [text.length, digits, 'digits']
    : /^[0-9A-Z $%*+./:-]*$/.test(text)
      ? [text.length, alphanumeric, 'characters']
      : [byteLength, bytes, 'bytes as UTF-8'];
  if (length <= limit) return;
  const detail = `The text has ${length} ${unit}. A QR code holds up to ${limit} at error correction ${level}.`;
  throw new ProblemError('VALIDATION_FAILED', { detail, errors: [{ pointer: '#/payload/text', detail }] });
}

/** One path in a grid of modules: each run of dark modules in a row is a rectangle of height 1. */
function drawSvg(modules: boolean[][], size: number): string {
  const side = modules.length;
  let path = '';
  for (const [y, row] of modules.entries()) {
    for (let x = 0; x < side; x++) {
      if (!row[x]) continue;
      const from = x;
      while (row[x]) x++;
      path += `M${from} ${y}h${x - from}v1h${from - x}z`;
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">`,
    `<path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${path}"/></svg>`,
  ].join('');
}
