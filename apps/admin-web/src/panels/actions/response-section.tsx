import { isApiError } from '@api-factory/sdk-ts';
import { Button, Collapse, Group, Image, Stack, Table, Text, VisuallyHidden } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { formatCount, formatMs } from '../../lib/format.ts';
import { HttpBadge, StatusBadge } from '../../ui/badge.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { NewTabLink } from '../../ui/link.tsx';
import { SkeletonLines } from '../../ui/loaded.tsx';
import { Section } from '../../ui/section.tsx';
import { httpStatusStyle } from '../../ui/status-style.ts';
import { Time } from '../../ui/time.tsx';
import { type AnswerBody, type Exchange, MOST_SHOWN } from './exchange.ts';
import { billingLink } from './refusals.ts';

/** How a call ended: its status, or that there was none. */
export const ExchangeBadge = ({ status }: { status: number | null }) =>
  status === null ? <StatusBadge status="no answer" /> : <HttpBadge status={status} />;

/** What came back from the chosen call. */
export function ResponseSection({ exchange, sending }: { exchange: Exchange | null; sending: boolean }) {
  const said = exchange && !sending ? `${exchange.action}: ${exchange.status ?? 'no answer'} in ${formatMs(exchange.ms)}` : '';
  return (
    <Section
      title="Response"
      actions={
        exchange && (
          <Group gap="xs" aria-busy={sending} data-testid="response-head">
            <ExchangeBadge status={exchange.status} />
            <Text size="sm" className="figure">
              {formatMs(exchange.ms)}
            </Text>
          </Group>
        )
      }
    >
      <VisuallyHidden role="status">{sending ? 'Waiting for the answer' : said}</VisuallyHidden>
      {sending && <SkeletonLines />}
      {!sending && exchange && <Answer key={exchange.id} exchange={exchange} />}
      {!sending && !exchange && (
        <EmptyState title="No call yet">Choose a key, fill in the request and press Send. The answer stands here.</EmptyState>
      )}
    </Section>
  );
}

function Answer({ exchange: { action, at, keyName, status, error, body, headers } }: { exchange: Exchange }) {
  const portal = isApiError(error) ? billingLink(error.billingUrl) : null;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" component="div" className="break" lineClamp={2}>
        {action}, <Time at={at.toISOString()} />, with {keyName}
      </Text>
      {error && (
        <ErrorNotice error={error} what="The call did not succeed" {...(status !== null && { color: httpStatusStyle(status).color })} />
      )}
      {portal !== null && <NewTabLink href={portal}>Settle the payment of this key</NewTabLink>}
      {body && <Body body={body} />}
      {headers.length > 0 && <Headers headers={headers} />}
    </Stack>
  );
}

const Body = ({ body: { text, cut, image } }: { body: AnswerBody }) => (
  <>
    {image !== null && (
      <Image src={image} alt="The picture of the answer" maw={256} fit="contain" bg="white" radius="sm" className="answer-image" />
    )}
    <CodeBlock text={text} what="response body" />
    {cut && (
      <Text size="sm" c="dimmed">
        Cut off after {formatCount(MOST_SHOWN)} characters. The curl command gives you all of it.
      </Text>
    )}
  </>
);

function Headers({ headers }: { headers: Exchange['headers'] }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const Chevron = open ? IconChevronDown : IconChevronRight;
  return (
    <div>
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<Chevron size={14} aria-hidden />}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {headers.length} header fields
      </Button>
      <Collapse expanded={open} id={id}>
        <Table aria-label="Header fields of the response" layout="fixed" verticalSpacing={4}>
          <Table.Tbody>
            {headers.map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" fw={500} w="40%" className="break">
                  {name}
                </Table.Th>
                <Table.Td className="break">{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Collapse>
    </div>
  );
}
