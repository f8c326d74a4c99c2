import { Button } from '@mantine/core';
import { IconBroadcast } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { describeError } from '../../lib/describe-error.ts';
import { formatMs, formatUtc } from '../../lib/format.ts';
import { measurePing } from '../../lib/ping.ts';
import { toast } from '../../lib/toasts.ts';

/** Asks the hello api, which needs no key, and says how long it took. */
export function PingButton() {
  const run = useMutation({
    mutationFn: measurePing,
    onSuccess: ({ ms, time }) =>
      toast({
        cause: 'ping',
        tone: 'good',
        title: `pong in ${formatMs(ms)}`,
        message: `The server’s time is ${formatUtc(new Date(time))}.`,
      }),
    onError: (error) => {
      const { title, detail } = describeError(error);
      toast({ cause: 'ping', tone: 'bad', title: 'No pong', message: `${title}. ${detail}` });
    },
  });
  return (
    <Button variant="default" leftSection={<IconBroadcast size={16} aria-hidden />} loading={run.isPending} onClick={() => run.mutate()}>
      Ping
    </Button>
  );
}
