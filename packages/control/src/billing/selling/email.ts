import { domainToASCII } from 'node:url';

/**
 * Whether two e-mail addresses reach the same mailbox, as far as their text tells: spaces around them, upper and lower case, and the two ways
 * to write an international domain make no difference. RFC 5321, section 2.4, allows local parts that differ only in case; no large provider uses that.
 */
export const sameEmail = (a: string, b: string): boolean => normal(a) === normal(b);

function normal(email: string): string {
  const text = email.trim().normalize('NFC').toLowerCase();
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  return text.slice(0, at + 1) + (domainToASCII(domain) || domain);
}
