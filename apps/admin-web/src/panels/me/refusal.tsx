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
  /** When the response arrived, in epoch ms. */
  at: number;
  checkedKey: string;
  onRetry: () => void;
}

/** Why a key was refused, and what to do about it. */
export function Refusal({ error, at, checkedKey, onRetry }: RefusalProps) {
  const explanation = EXPLANATIONS[error.code];
  if (explanation === undefined) return <ErrorNotice error={error} what="The key could not be checked" onRetry={onRetry} />;
  const retryAt = error.retryAfterSeconds === null ? null : at + error.retryAfterSeconds * 1_000;
  return (
    <Alert
      color={httpStatusStyle(error.status).color}
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={explanation.title}
      role="alert"
    >
      <Stack gap="xs">
        <Group gap="xs">
          <HttpBadge status={error.status} />
          <NewTabLink size="sm" href={`/docs/errors/${error.code}`}>
            {error.code}
          </NewTabLink>
        </Group>
        <Text size="sm">{explanation.fix}</Text>
        {error.billingUrl !== null && (
          <Text size="sm">
            <NewTabLink inherit href={error.billingUrl}>
              Billing portal
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
          <FindKeyLink text={checkedKey} />
          <RequestId id={error.requestId} />
        </Group>
      </Stack>
    </Alert>
  );
}

const EXPLANATIONS: Partial<Record<ErrorCode, { title: string; fix: string }>> = {
  INVALID_KEY: {
    title: 'This key is not valid',
    fix: 'It is unknown, incomplete, revoked or from another billing mode. Callers get the same error for all of these. Copy the whole key again, or search for it in the list.',
  },
  KEY_EXPIRED: { title: 'This key has expired', fix: 'Set a later expiry on its page, or create a new key.' },
  KEY_SUSPENDED: { title: 'This key is suspended', fix: 'Settle its overdue payment, or resume it on its page.' },
  RATE_LIMITED: { title: 'Too many requests', fix: 'Too many calls or invalid keys came from this address. Wait, then check again.' },
  QUOTA_EXCEEDED: { title: 'Quota used up', fix: 'Wait for the next period, or move the key to a larger plan.' },
};

function RetryButton({ until, onRetry }: { until: number | null; onRetry: () => void }) {
  const now = useNow();
  const seconds = until === null ? 0 : Math.ceil((until - now) / 1_000);
  const reason = seconds > 0 ? `You can check again in ${formatDuration(seconds)}` : null;
  return (
    <ReasonButton size="compact-sm" variant="default" disabledReason={reason} onClick={onRetry}>
      {reason === null ? 'Check again' : `Check again in ${formatDuration(seconds)}`}
    </ReasonButton>
  );
}

function FindKeyLink({ text }: { text: string }) {
  const ending = keyEnding(text);
  return ending === null ? null : (
    <PageLink to={`/keys?search=${ending}`} size="sm">
      Find keys ending in {ending}
    </PageLink>
  );
}
