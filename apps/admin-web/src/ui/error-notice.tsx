import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { describeError } from '../lib/describe-error.ts';
import { NewTabLink } from './link.tsx';
import { RequestId } from './request-id.tsx';
import type { Outcome } from './status-style.ts';

interface ErrorNoticeProps {
  error: unknown;
  /** What could not be done: “The keys could not be read”. */
  what: string;
  onRetry?: () => void;
  /** Of the badge that stands beside it. */
  color?: Outcome['color'];
}

/** Says what failed, why, with which request id, and offers to try again. */
export function ErrorNotice({ error, what, onRetry, color = 'red' }: ErrorNoticeProps) {
  const { title, detail, code, page, requestId, fields } = describeError(error);
  return (
    <Alert color={color} variant="light" icon={<IconAlertTriangle aria-hidden />} title={what} role="alert">
      <Text size="sm">
        {title}
        {detail === '' || detail === title ? '' : `: ${detail}`}
      </Text>
      {fields.length > 1 && (
        <ul>
          {fields.map((field) => (
            <li key={field.pointer}>
              <Code>{field.pointer}</Code> {field.detail}
            </li>
          ))}
        </ul>
      )}
      <Group gap="md" mt="xs">
        {onRetry && (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
        {code !== null && page !== null && (
          <NewTabLink size="sm" href={page}>
            About {code}
          </NewTabLink>
        )}
        <RequestId id={requestId} />
      </Group>
    </Alert>
  );
}
