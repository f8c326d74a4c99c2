import { Alert, type AlertProps, Button, Code, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { describeError } from '../lib/describe-error.ts';
import { NewTabLink } from './link.tsx';
import { RequestId } from './request-id.tsx';

interface ErrorNoticeProps {
  error: unknown;
  /** What failed: “The keys could not be loaded”. */
  what: string;
  onRetry?: () => void;
  /** Defaults to red. */
  color?: AlertProps['color'];
}

/** An error with its cause, a link to its docs, the request ID and a retry button. */
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

/**
 * An error at the top of a dialog. It takes the focus and scrolls into view, since the pressed
 * button may be far below.
 */
export function FocusedErrorNotice({ error, what }: { error: unknown; what: string }) {
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (error == null) return;
    notice.current?.focus({ preventScroll: true });
    notice.current?.scrollIntoView({ block: 'center' });
  }, [error]);
  if (error == null) return null;
  return (
    <div ref={notice} tabIndex={-1}>
      <ErrorNotice error={error} what={what} />
    </div>
  );
}
