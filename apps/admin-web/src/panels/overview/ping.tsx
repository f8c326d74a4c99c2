import { Button, Text } from '@mantine/core';
import { IconActivity } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { describeError } from '../../lib/describe-error.ts';
import { formatMs } from '../../lib/format.ts';
import { measurePing } from '../../lib/ping.ts';

/** Asks the built-in ping and says how long it took, there and back. */
export function Ping() {
  const { mutate, data, error, isPending } = useMutation({ mutationFn: measurePing });
  return (
    <>
      <Text size="sm" role="status" {...(error === null ? { c: 'dimmed' } : {})}>
        {error === null ? data && `pong in ${formatMs(data.ms)}` : `No pong: ${describeError(error).title}`}
      </Text>
      <Button variant="default" size="xs" leftSection={<IconActivity size={14} aria-hidden />} loading={isPending} onClick={() => mutate()}>
        Ping
      </Button>
    </>
  );
}
