import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { faultOf } from '../lib/faults.ts';
import { OutLink } from './link.tsx';
import type { Outcome } from './outcomes.ts';
import { RequestId } from './request-id.tsx';

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
  const { title, detail, code, page, requestId, fields } = faultOf(error);
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
          <OutLink size="sm" href={page}>
            About {code}
          </OutLink>
        )}
        <RequestId id={requestId} />
      </Group>
    </Alert>
  );
}
