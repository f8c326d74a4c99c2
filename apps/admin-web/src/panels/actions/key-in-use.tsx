import { isApiError } from '@api-factory/sdk-ts';
import { Button, Group, NativeSelect, Skeleton, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect } from 'react';
import { StatusBadge } from '../../ui/badge.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { NewTabLink, PageLink } from '../../ui/link.tsx';
import { QuotaBar } from '../../ui/quota-bar.tsx';
import { Time } from '../../ui/time.tsx';
import { suspensionWords } from './gate.ts';
import { type HeldKey, type HeldKeys, maskKey } from './held-keys.ts';
import type { OwnKey } from './queries.ts';
import { billingLink } from './refusals.ts';

interface KeyInUseProps {
  held: HeldKeys;
  current: HeldKey;
  own: UseQueryResult<OwnKey>;
}

/** The key that calls are made with, how it stands, and the others that this page holds. */
export function KeyInUse({ held, current, own }: KeyInUseProps) {
  const name = own.data?.name;
  const { rename } = held;
  useEffect(() => {
    if (name !== undefined && name !== current.name) rename(current.id, name);
  });
  return (
    <Stack gap="sm">
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <NativeSelect
          label="Key in use"
          flex={1}
          miw={0}
          data={held.keys.map((key) => ({ value: String(key.id), label: labelOf(key) }))}
          value={String(current.id)}
          onChange={(event) => held.choose(Number(event.currentTarget.value))}
        />
        <Button variant="default" onClick={() => held.forget(current.id)}>
          Forget
        </Button>
      </Group>
      <Standing own={own} expiresAt={current.expiresAt} />
    </Stack>
  );
}

const labelOf = ({ name, secret }: HeldKey): string => (name === maskKey(secret) ? name : `${name} (${maskKey(secret)})`);

function Standing({ own: { data, error, refetch }, expiresAt }: { own: UseQueryResult<OwnKey>; expiresAt: string | null }) {
  const what = isApiError(error) && error.status === 401 ? 'This key is refused' : 'The key could not be checked';
  const notice = error && <ErrorNotice error={error} what={what} onRetry={() => void refetch()} />;
  // A key that is refused now is no longer what it said before.
  if (data === undefined || isApiError(error)) return notice ?? <Skeleton height={60} />;
  return (
    <>
      {notice}
      <Group gap="xs" data-testid="own-key">
        <StatusBadge status={data.status} />
        <Text size="sm">
          Plan <PageLink to={`/plans/${data.plan}`}>{data.plan}</PageLink>
        </Text>
        <PageLink size="sm" to={`/keys/${data.id}`}>
          Key page
        </PageLink>
        {expiresAt !== null && (
          <Text size="sm">
            Expires <Time at={expiresAt} />
          </Text>
        )}
      </Group>
      {data.status === 'suspended' && <Suspended own={data} />}
      <QuotaBar used={data.usage.used} limit={data.usage.limit} periodEnd={data.usage.periodEnd} />
    </>
  );
}

function Suspended({ own: { billing } }: { own: OwnKey }) {
  const portal = billingLink(billing?.portalUrl ?? null);
  return (
    <Text size="sm">
      Calls with it are refused: {suspensionWords(billing)}.{' '}
      {billing?.status === 'suspended' && portal !== null && <NewTabLink href={portal}>Settle the payment</NewTabLink>}
    </Text>
  );
}
