import { createHmac } from 'node:crypto';

/** The `Stripe-Signature` header of a body: HMAC-SHA256 over `${t}.${body}`, `t` in seconds. */
export function signatureHeader(body: string, signing: { secret: string; seconds: number }): string {
  const mac = createHmac('sha256', signing.secret).update(`${signing.seconds}.${body}`).digest('hex');
  return `t=${signing.seconds},v1=${mac}`;
}
