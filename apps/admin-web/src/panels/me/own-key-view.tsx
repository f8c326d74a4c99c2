import { Alert, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { formatDuration } from '../../lib/format.ts';
import { useNow } from '../../lib/now.ts';
import { HttpBadge, httpStatusStyle, StatusBadge } from '../../ui/badge.tsx';
import { KeyLimits } from '../../ui/key-limits.tsx';
import { NewTabLink, PageLink } from '../../ui/link.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { type NextCall, predictNextCall } from './next-call.ts';
import type { OwnKey } from './queries.ts';

interface OwnKeyViewProps {
  own: OwnKey;
  /** When it was fetched, in epoch ms. */
  readAt: number;
}

/** A key as its owner sees it, and what its next call would return. */
export const OwnKeyView = ({ own, readAt }: OwnKeyViewProps) => (
  <Stack>
    <NextCallNotice next={predictNextCall(own, readAt)} />
    <Section
      title="What the owner sees"
      actions={
        <PageLink to={`/keys/${own.id}`} size="sm">
          View key
        </PageLink>
      }
    >
      <Group gap="xs">
        <Text size="sm" fw={600} className="break">
          {own.name}
        </Text>
        <StatusBadge status={own.status} />
        <Text size="sm" className="break">
          Plan {own.plan}
        </Text>
      </Group>
      <KeyLimits limits={own} readAt={readAt} />
    </Section>
  </Stack>
);

const NextCallNotice = ({ next: { refusal, title, text, admittedAt, portalUrl } }: { next: NextCall }) => (
  <Alert
    color={refusal === null ? 'teal' : httpStatusStyle(refusal.status).color}
    variant="light"
    icon={refusal === null ? <IconCircleCheck aria-hidden /> : <IconAlertTriangle aria-hidden />}
    title={title}
  >
    <Stack gap="xs">
      {refusal && (
        <Group gap="xs">
          <Text size="sm">Calls return</Text>
          <HttpBadge status={refusal.status} />
          <NewTabLink size="sm" href={`/docs/errors/${refusal.code}`}>
            {refusal.code}
          </NewTabLink>
        </Group>
      )}
      <Text size="sm">
        {text} {admittedAt !== null && <AdmittedAgain at={admittedAt} />}
      </Text>
      {portalUrl !== null && (
        <Text size="sm">
          <NewTabLink inherit href={portalUrl}>
            Billing portal
          </NewTabLink>
        </Text>
      )}
    </Stack>
  </Alert>
);

const NEAR_MS = 3_600_000;

/** A countdown within the last hour; before that, a relative time. */
function AdmittedAgain({ at }: { at: number }) {
  const now = useNow();
  const left = at - now;
  if (left <= 0) return <>Calls work again now.</>;
  if (left < NEAR_MS) return <>Calls work again in {formatDuration(Math.ceil(left / 1_000))}.</>;
  return (
    <>
      Calls work again <Time at={new Date(at).toISOString()} />
    </>
  );
}
