/** Why no call is left for a key that works no more; null: its rate counts. */
export function endedText(status: 'enabled' | 'suspended' | 'revoked' | 'expired'): string | null {
  if (status === 'revoked') return 'The key is revoked: every call is refused';
  return status === 'expired' ? 'The key is expired: every call is refused' : null;
}
