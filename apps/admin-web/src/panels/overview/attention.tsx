import { Group, Text, ThemeIcon } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Rows, Section } from '../../ui/section.tsx';
import { type AttentionItem, attentionItems } from './attention-items.ts';
import type { Health, Overview } from './queries.ts';

interface AttentionProps {
  overview: UseQueryResult<Overview>;
  health: Health | undefined;
}

/** Problems that need the operator’s attention, linked to where to act on them. */
export const Attention = ({ overview, health }: AttentionProps) => (
  <Section title="Needs attention">
    <Loaded query={overview} failed="The overview could not be loaded">
      {({ attention }) => <Items items={attentionItems(attention, health)} />}
    </Loaded>
  </Section>
);

function Items({ items }: { items: AttentionItem[] }) {
  if (items.length === 0) {
    return (
      <EmptyState
        title="Nothing needs attention"
        action={
          <ThemeIcon variant="light" color="teal" size="lg" radius="xl">
            <IconCircleCheck size={20} aria-hidden />
          </ThemeIcon>
        }
      >
        Failed events, disputes, quotas near their limit and failing health checks appear here.
      </EmptyState>
    );
  }
  return (
    <Rows label="Needs attention">
      {items.map((item) => (
        <li key={item.key}>
          <Item item={item} />
        </li>
      ))}
    </Rows>
  );
}

const Item = ({ item: { tone, text, advice, to } }: { item: AttentionItem }) => (
  <Group gap="sm" wrap="nowrap" align="flex-start">
    <ThemeIcon variant="light" color={tone === 'bad' ? 'red' : 'yellow'} size="md" radius="xl">
      {tone === 'bad' ? <IconAlertTriangle size={16} aria-label="Problem" /> : <IconInfoCircle size={16} aria-label="Notice" />}
    </ThemeIcon>
    <div>
      {to === null ? (
        <Text size="sm" fw={600}>
          {text}
        </Text>
      ) : (
        <PageLink to={to} size="sm" fw={600}>
          {text}
        </PageLink>
      )}
      <Text size="sm" c="dimmed" className="break">
        {advice}
      </Text>
    </div>
  </Group>
);
