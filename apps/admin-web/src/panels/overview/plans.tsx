import { Group, Progress, Stack, Text } from '@mantine/core';
import { counted, formatCount, formatShare } from '../../lib/format.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PageLink } from '../../ui/link.tsx';
import { QuotaBar } from '../../ui/quota-bar.tsx';
import { Rows, Section } from '../../ui/section.tsx';
import type { Overview } from './queries.ts';

/** Number of keys per plan. */
export function KeysByPlan({ plans }: { plans: Overview['plans'] }) {
  const { bars, otherKeys, otherPlans, unused } = planMix(plans);
  return (
    <Section
      title="Keys by plan"
      actions={
        <PageLink to="/plans" size="sm">
          View plans
        </PageLink>
      }
    >
      {bars.length === 0 ? (
        <EmptyState title="No keys in use">Plans appear here once they have a key.</EmptyState>
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
              {/* Hidden from screen readers: the number above is the same. */}
              <Progress.Root size="sm" aria-hidden>
                <Progress.Section value={share * 100} color="indigo" withAria={false} />
              </Progress.Root>
            </li>
          ))}
        </Rows>
      )}
      {(otherPlans > 0 || unused > 0) && (
        <Text size="sm" c="dimmed">
          {[otherPlans > 0 && `${counted(otherKeys, 'key')} on ${counted(otherPlans, 'more plan')}`, unused > 0 && unusedText(unused)]
            .filter(Boolean)
            .join('; ')}
        </Text>
      )}
    </Section>
  );
}

const unusedText = (count: number): string => (count === 1 ? '1 plan has no keys' : `${formatCount(count)} plans have no keys`);

type Plan = Overview['plans'][number];

/** Further plans are only counted. */
const MAX_BARS = 8;

/** The distribution of keys over plans. */
interface PlanMix {
  bars: (Plan & { share: number })[];
  /** Keys of the plans without a bar. */
  otherKeys: number;
  otherPlans: number;
  /** Plans without keys. */
  unused: number;
}

/** The largest plans with their share of all keys that are not revoked. */
export function planMix(plans: readonly Plan[]): PlanMix {
  const used = plans.filter(({ keys }) => keys > 0).sort((one, other) => other.keys - one.keys);
  const all = used.reduce((sum, { keys }) => sum + keys, 0);
  const others = used.slice(MAX_BARS);
  return {
    bars: used.slice(0, MAX_BARS).map((plan) => ({ ...plan, share: plan.keys / all })),
    otherKeys: others.reduce((sum, { keys }) => sum + keys, 0),
    otherPlans: others.length,
    unused: plans.length - used.length,
  };
}

/** Usage of all current quotas, and the keys near their limit. */
export const QuotaUsage = ({ quota, nearQuota }: Pick<Overview, 'quota' | 'nearQuota'>) => (
  <Section title="Quota usage">
    {quota.limit === 0 ? (
      <EmptyState title="No quotas in use">Usage of plans with a quota limit appears here.</EmptyState>
    ) : (
      <Stack gap={4}>
        <QuotaBar used={quota.used} limit={quota.limit} />
        <Text size="sm" c="dimmed">
          Current period of every entitlement with a quota limit.
        </Text>
      </Stack>
    )}
    {nearQuota.length > 0 && (
      <>
        <Text fw={600} size="sm" component="h3" m={0}>
          Near their quota
        </Text>
        <Rows label="Keys near their quota">
          {nearQuota.map(({ keyId, name, plan, used, limit, periodEnd }) => (
            <li key={keyId}>
              <Text size="sm" component="div" lineClamp={2} className="break">
                <PageLink to={`/keys/${keyId}`} inherit>
                  {name}
                </PageLink>{' '}
                <Text span inherit c="dimmed">
                  on {plan}
                </Text>
              </Text>
              <QuotaBar {...{ used, limit, periodEnd }} />
            </li>
          ))}
        </Rows>
      </>
    )}
  </Section>
);
