import { isApiError } from '@api-factory/sdk-ts';
import { Button, Group, NativeSelect, Skeleton, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { StatusBadge } from '../../ui/badge.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { NewTabLink, PageLink } from '../../ui/link.tsx';
import { QuotaBar } from '../../ui/quota-bar.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { AddKey } from './add-key.tsx';
import { suspensionAdvice } from './disabled-reason.ts';
import { type Keyring, type KeyringKey, maskKey } from './keyring.ts';
import type { OwnKey } from './queries.ts';
import { billingLink } from './refusals.ts';

interface KeySectionProps {
  keyring: Keyring;
  /** The current key, as the API shows it to its owner. */
  own: UseQueryResult<OwnKey>;
}

/** The key that calls are sent with, and the form that adds another. */
export function KeySection({ keyring, own }: KeySectionProps) {
  const [adding, setAdding] = useState(false);
  const { current } = keyring;
  const stopAdding = () => setAdding(false);
  const addButton = current && !adding && (
    <Button variant="default" size="compact-sm" onClick={() => setAdding(true)}>
      Use another key
    </Button>
  );
  return (
    <Section title="API key" actions={addButton}>
      {current && <CurrentKey keyring={keyring} current={current} own={own} />}
      {(adding || !current) && (
        <AddKey
          onKey={(key) => {
            keyring.add(key);
            stopAdding();
          }}
          onCancel={current && stopAdding}
        />
      )}
    </Section>
  );
}

function CurrentKey({ keyring, current, own }: KeySectionProps & { current: KeyringKey }) {
  const name = own.data?.name;
  const { rename } = keyring;
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
          data={keyring.keys.map((key) => ({ value: String(key.id), label: labelOf(key) }))}
          value={String(current.id)}
          onChange={(event) => keyring.select(Number(event.currentTarget.value))}
        />
        <Button variant="default" onClick={() => keyring.remove(current.id)}>
          Remove
        </Button>
      </Group>
      <KeyState own={own} expiresAt={current.expiresAt} />
    </Stack>
  );
}

const labelOf = ({ name, secret }: KeyringKey): string => (name === maskKey(secret) ? name : `${name} (${maskKey(secret)})`);

function KeyState({ own: { data, error, refetch }, expiresAt }: { own: UseQueryResult<OwnKey>; expiresAt: string | null }) {
  const what = isApiError(error) && error.status === 401 ? 'This key was refused' : 'The key could not be loaded';
  const notice = error && <ErrorNotice error={error} what={what} onRetry={() => void refetch()} />;
  // Once the key is refused, earlier data is out of date.
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
          View key
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
      Requests with this key return 403. {suspensionAdvice(billing)}{' '}
      {billing?.status === 'suspended' && portal !== null && <NewTabLink href={portal}>Open the billing portal</NewTabLink>}
    </Text>
  );
}
