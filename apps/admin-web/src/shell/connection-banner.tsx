import { Alert } from '@mantine/core';
import { IconServerOff } from '@tabler/icons-react';
import { formatLocal } from '../lib/format.ts';
import { useConnection } from './connection.ts';

/** Says that the server is away, and since when; goes when it is back. */
export function ConnectionBanner() {
  const { away, since } = useConnection();
  return (
    <div role="status" aria-live="polite">
      {away && (
        <Alert color="orange" variant="light" icon={<IconServerOff aria-hidden />} title="API-Factory can’t be reached" mb="md">
          {since > 0 ? `It last answered at ${formatLocal(new Date(since))}. ` : ''}What you see may be old. This page tries again every two
          seconds and goes on by itself.
        </Alert>
      )}
    </div>
  );
}
