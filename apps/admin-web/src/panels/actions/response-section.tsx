import { isApiError } from '@api-factory/sdk-ts';
import { Button, Collapse, Group, Image, Stack, Text, VisuallyHidden } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { counted, formatCount, formatMs } from '../../lib/format.ts';
import { HttpBadge, httpStatusStyle, StatusBadge } from '../../ui/badge.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { Facts } from '../../ui/facts.tsx';
import { NewTabLink } from '../../ui/link.tsx';
import { SkeletonLines } from '../../ui/loaded.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { type Exchange, MOST_SHOWN, type ResponseBody } from './exchange.ts';
import { billingLink } from './refusals.ts';

export const CallBadge = ({ status }: { status: number | null }) =>
  status === null ? <StatusBadge status="no response" /> : <HttpBadge status={status} />;

/** The response to the selected call. */
export function ResponseSection({ exchange, sending }: { exchange: Exchange | null; sending: boolean }) {
  const summary = exchange && !sending ? `${exchange.action}: ${exchange.status ?? 'no response'} in ${formatMs(exchange.ms)}` : '';
  return (
    <Section
      title="Response"
      actions={
        exchange && (
          <Group gap="xs" aria-busy={sending} data-testid="response-head">
            <CallBadge status={exchange.status} />
            <Text size="sm" className="figure">
              {formatMs(exchange.ms)}
            </Text>
          </Group>
        )
      }
    >
      <VisuallyHidden role="status">{sending ? 'Waiting for the response' : summary}</VisuallyHidden>
      {sending && <SkeletonLines />}
      {!sending && exchange && <CallResponse key={exchange.id} exchange={exchange} />}
      {!sending && !exchange && (
        <EmptyState title="No response yet">Choose a key, fill in the request and select Send. The response appears here.</EmptyState>
      )}
    </Section>
  );
}

function CallResponse({ exchange: { action, at, keyName, status, error, body, headers } }: { exchange: Exchange }) {
  const portal = isApiError(error) ? billingLink(error.billingUrl) : null;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" component="div" className="break" lineClamp={2}>
        {action}, <Time at={at.toISOString()} />, with {keyName}
      </Text>
      {error && <ErrorNotice error={error} what="The call failed" {...(status !== null && { color: httpStatusStyle(status).color })} />}
      {portal !== null && <NewTabLink href={portal}>Open the billing portal</NewTabLink>}
      {body && <Body body={body} />}
      {headers.length > 0 && <Headers headers={headers} />}
    </Stack>
  );
}

const Body = ({ body: { text, truncated, image } }: { body: ResponseBody }) => (
  <>
    {image !== null && <Image src={image} alt="Image in the response" maw={256} fit="contain" bg="white" radius="sm" />}
    <CodeBlock text={text} what="response body" />
    {truncated && (
      <Text size="sm" c="dimmed">
        Truncated after {formatCount(MOST_SHOWN)} characters. Use the curl command to get the full response.
      </Text>
    )}
  </>
);

function Headers({ headers }: { headers: Exchange['headers'] }) {
  const [expanded, setExpanded] = useState(false);
  const id = useId();
  const Chevron = expanded ? IconChevronDown : IconChevronRight;
  return (
    <div>
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<Chevron size={14} aria-hidden />}
        aria-expanded={expanded}
        aria-controls={id}
        onClick={() => setExpanded(!expanded)}
      >
        {counted(headers.length, 'header')}
      </Button>
      <Collapse expanded={expanded} id={id}>
        <Facts label="Response headers" facts={headers} nameWidth="40%" />
      </Collapse>
    </div>
  );
}
