import { Group, Progress, Text } from '@mantine/core';
import { formatCount, formatShare } from '../../lib/format.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Section } from '../../ui/section.tsx';
import { planMixOf } from './plan-mix.ts';
import type { Overview } from './queries.ts';
import { Rows } from './rows.tsx';

/** How many keys each plan has. */
export function PlanBars({ plans }: { plans: Overview['plans'] }) {
  const { bars, otherKeys, otherPlans, unused } = planMixOf(plans);
  return (
    <Section
      title="Keys by plan"
      actions={
        <PageLink to="/plans" size="sm">
          All plans
        </PageLink>
      }
    >
      {bars.length === 0 ? (
        <EmptyState title="No keys in use">Create a key, and its plan is shown here.</EmptyState>
      ) : (
        <Rows label="Keys by plan">
          {bars.map(({ id, name, keys, share }) => (
            <li key={id}>
              <Group justify="space-between" gap="xs" wrap="nowrap">
                <PageLink to={`/keys?plan=${encodeURIComponent(id)}`} size="sm" className="break" lineClamp={2}>
                  {name}
                </PageLink>
                <Text size="sm" className="figure badge">
                  {formatCount(keys)} <Text span inherit c="dimmed">{`(${formatShare(share)})`}</Text>
                </Text>
              </Group>
              {/* The number stands above it: the bar says nothing more. */}
              <Progress.Root size="sm" aria-hidden>
                <Progress.Section value={share * 100} color="indigo" withAria={false} />
              </Progress.Root>
            </li>
          ))}
        </Rows>
      )}
      {(otherPlans > 0 || unused > 0) && (
        <Text size="sm" c="dimmed">
          {[otherPlans > 0 && `${formatCount(otherKeys)} keys on ${formatCount(otherPlans)} more plans`, unused > 0 && unusedText(unused)]
            .filter(Boolean)
            .join('; ')}
        </Text>
      )}
    </Section>
  );
}

const unusedText = (count: number): string => (count === 1 ? '1 plan has no key' : `${formatCount(count)} plans have no key`);
