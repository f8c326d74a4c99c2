import { ProblemError } from '@api-factory/core';
import QRCode from 'qrcode-svg';
import { Type } from 'typebox';
import { defineAction } from './action.ts';

/** A QR code (ISO/IEC 18004) as SVG. The text is only ever drawn, never written into the markup. */
export const qrCode = defineAction({
  name: 'qr_code',
  summary: 'Draws a QR code as SVG',
  payload: Type.Object(
    {
      text: Type.String({ minLength: 1, maxLength: 2_000 }),
      size: Type.Optional(Type.Integer({ minimum: 32, maximum: 2_048, description: 'Width and height in pixels' })),
      errorCorrection: Type.Optional(Type.Union([Type.Literal('L'), Type.Literal('M'), Type.Literal('Q'), Type.Literal('H')])),
    },
    { additionalProperties: false },
  ),
  cost: 5,
  run: ({ text, size = 256, errorCorrection = 'M' }) => {
    try {
      return {
        contentType: 'image/svg+xml',
        svg: new QRCode({ content: text, width: size, height: size, ecl: errorCorrection, join: true }).svg(),
      };
    } catch {
      const detail = 'The text is too long for a QR code with this error correction.';
      throw new ProblemError('VALIDATION_FAILED', { detail, errors: [{ pointer: '#/payload/text', detail }] });
    }
  },
});
