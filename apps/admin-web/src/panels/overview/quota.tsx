import { Stack, Text } from '@mantine/core';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PageLink } from '../../ui/link.tsx';
import { QuotaBar } from '../../ui/quota-bar.tsx';
import { Section } from '../../ui/section.tsx';
import type { Overview } from './queries.ts';
import { Rows } from './rows.tsx';

/** What is used of all quotas that run, and whose is nearly used up. */
export const Quota = ({ quota, nearQuota }: Pick<Overview, 'quota' | 'nearQuota'>) => (
  <Section title="Usage against quota">
    {quota.limit === 0 ? (
      <EmptyState title="No quota runs">No key in use is on a plan with a quota limit.</EmptyState>
    ) : (
      <Stack gap={4}>
        <QuotaBar used={quota.used} limit={quota.limit} />
        <Text size="sm" c="dimmed">
          Current periods of all entitlements whose plan has a limit.
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
