import type { ApiError, ErrorCode } from '@api-factory/sdk-ts';
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { formatDuration } from '../../lib/format.ts';
import { useNow } from '../../lib/now.ts';
import { keyEnding } from '../../lib/pasted-keys.ts';
import { HttpBadge, httpStatusStyle } from '../../ui/badge.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { NewTabLink, PageLink } from '../../ui/link.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { RequestId } from '../../ui/request-id.tsx';

interface RefusalProps {
  error: ApiError;
  /** When it came, in epoch ms. */
  at: number;
  checkedKey: string;
  onRetry: () => void;
}

/** Why a key was refused, and what to do about it. */
export function Refusal({ error, at, checkedKey, onRetry }: RefusalProps) {
  const words = WORDS[error.code];
  if (words === undefined) return <ErrorNotice error={error} what="The key could not be checked" onRetry={onRetry} />;
  const retryAt = error.retryAfterSeconds === null ? null : at + error.retryAfterSeconds * 1_000;
  return (
    <Alert
      color={httpStatusStyle(error.status).color}
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={words.title}
      role="alert"
    >
      <Stack gap="xs">
        <Group gap="xs">
          <HttpBadge status={error.status} />
          <NewTabLink size="sm" href={`/docs/errors/${error.code}`}>
            {error.code}
          </NewTabLink>
        </Group>
        <Text size="sm">{words.todo}</Text>
        {error.billingUrl !== null && (
          <Text size="sm">
            <NewTabLink inherit href={error.billingUrl}>
              Where its owner pays
            </NewTabLink>
          </Text>
        )}
        <Group gap="md">
          {error.status === 429 ? (
            <RetryButton until={retryAt} onRetry={onRetry} />
          ) : (
            <Button size="compact-sm" variant="default" onClick={onRetry}>
              Check again
            </Button>
          )}
          <Find text={checkedKey} />
          <RequestId id={error.requestId} />
        </Group>
      </Stack>
    </Alert>
  );
}

const WORDS: Partial<Record<ErrorCode, { title: string; todo: string }>> = {
  INVALID_KEY: {
    title: 'This key opens nothing',
    todo: 'It is unknown, not complete, revoked, or of another mode: its owner gets the same answer for each of these. Check that it is copied whole, or look for it in the list.',
  },
  KEY_EXPIRED: { title: 'This key is expired', todo: 'Give it a later expiry on its page, or create another key.' },
  KEY_SUSPENDED: { title: 'This key is suspended', todo: 'Its open payment has to be settled, or you have to resume it on its page.' },
  RATE_LIMITED: { title: 'Too many calls', todo: 'Too many were made, or too many keys were refused, from here. Wait, then check again.' },
  QUOTA_EXCEEDED: { title: 'The quota is used up', todo: 'Wait for the next period, or give the key a larger plan.' },
};

function RetryButton({ until, onRetry }: { until: number | null; onRetry: () => void }) {
  const now = useNow();
  const seconds = until === null ? 0 : Math.ceil((until - now) / 1_000);
  const off = seconds > 0 ? `You can check again in ${formatDuration(seconds)}` : null;
  return (
    <ReasonButton size="compact-sm" variant="default" off={off} onClick={onRetry}>
      {off === null ? 'Check again' : `Check again in ${formatDuration(seconds)}`}
    </ReasonButton>
  );
}

function Find({ text }: { text: string }) {
  const end = keyEnding(text);
  return end === null ? null : (
    <PageLink to={`/keys?search=${end}`} size="sm">
      Find keys that end in {end}
    </PageLink>
  );
}
