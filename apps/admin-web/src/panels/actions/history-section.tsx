import { Anchor, Button, Table } from '@mantine/core';
import { formatMs } from '../../lib/format.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import type { Exchange } from './exchange.ts';
import { CallBadge } from './response-section.tsx';

interface HistorySectionProps {
  history: readonly Exchange[];
  /** The call shown in the response section. */
  shownId: number | null;
  onShow: (exchange: Exchange) => void;
  onClear: () => void;
}

/**
 * The last calls from this page. Selecting one shows its response and loads its payload into the
 * form.
 */
export function HistorySection({ history, shownId, onShow, onClear }: HistorySectionProps) {
  const clearButton = history.length > 0 && (
    <Button variant="subtle" size="compact-sm" onClick={onClear}>
      Clear
    </Button>
  );
  return (
    <Section title="History" actions={clearButton}>
      {history.length === 0 ? (
        <EmptyState title="No calls yet">The last 20 calls from this page appear here, until you leave it.</EmptyState>
      ) : (
        <Table aria-label="Call history" verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Action</Table.Th>
              <Table.Th scope="col">Status</Table.Th>
              <Table.Th scope="col" ta="right">
                Duration
              </Table.Th>
              <Table.Th scope="col">Sent</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {history.map((exchange) => (
              <Row key={exchange.id} exchange={exchange} shown={exchange.id === shownId} onShow={onShow} />
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  );
}

interface RowProps {
  exchange: Exchange;
  shown: boolean;
  onShow: (exchange: Exchange) => void;
}

const Row = ({ exchange, shown, onShow }: RowProps) => (
  <Table.Tr {...(shown ? { bg: 'var(--mantine-color-default-hover)' } : {})}>
    <Table.Td className="break">
      <Anchor
        component="button"
        type="button"
        size="sm"
        ta="left"
        fw={shown ? 600 : 400}
        aria-current={shown}
        onClick={() => onShow(exchange)}
      >
        {exchange.action}
      </Anchor>
    </Table.Td>
    <Table.Td>
      <CallBadge status={exchange.status} />
    </Table.Td>
    <Table.Td ta="right" className="figure">
      {formatMs(exchange.ms)}
    </Table.Td>
    <Table.Td>
      <Time at={exchange.at.toISOString()} size="sm" />
    </Table.Td>
  </Table.Tr>
);
