import { Alert, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { formatDuration } from '../../lib/format.ts';
import { useNow } from '../../lib/now.ts';
import { HttpBadge, httpStatusStyle, StatusBadge } from '../../ui/badge.tsx';
import { KeyLimits } from '../../ui/key-limits.tsx';
import { NewTabLink, PageLink } from '../../ui/link.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import type { OwnKey } from './queries.ts';
import { type Standing, standingOf } from './standing.ts';

interface OwnKeyViewProps {
  own: OwnKey;
  /** When it was read, in epoch ms. */
  readAt: number;
}

/** A key as its owner sees it, and how its next call would fare. */
export const OwnKeyView = ({ own, readAt }: OwnKeyViewProps) => (
  <Stack>
    <Verdict standing={standingOf(own, readAt)} />
    <Section
      title="As its owner sees it"
      actions={
        <PageLink to={`/keys/${own.id}`} size="sm">
          Open its page
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

const Verdict = ({ standing: { refused, title, text, until, portalUrl } }: { standing: Standing }) => (
  <Alert
    color={refused === null ? 'teal' : httpStatusStyle(refused.status).color}
    variant="light"
    icon={refused === null ? <IconCircleCheck aria-hidden /> : <IconAlertTriangle aria-hidden />}
    title={title}
  >
    <Stack gap="xs">
      {refused && (
        <Group gap="xs">
          <Text size="sm">A call is answered with</Text>
          <HttpBadge status={refused.status} />
          <NewTabLink size="sm" href={`/docs/errors/${refused.code}`}>
            {refused.code}
          </NewTabLink>
        </Group>
      )}
      <Text size="sm">
        {text} {until !== null && <Until at={until} />}
      </Text>
      {portalUrl !== null && (
        <Text size="sm">
          <NewTabLink inherit href={portalUrl}>
            Where its owner pays
          </NewTabLink>
        </Text>
      )}
    </Stack>
  </Alert>
);

const NEAR_MS = 3_600_000;

/** Counts down to what is near; for what is far, days and hours will do. */
function Until({ at }: { at: number }) {
  const now = useNow();
  const left = at - now;
  if (left <= 0) return <>Let through again now.</>;
  if (left < NEAR_MS) return <>Let through again in {formatDuration(Math.ceil(left / 1_000))}.</>;
  return (
    <>
      Let through again <Time at={new Date(at).toISOString()} />
    </>
  );
}
