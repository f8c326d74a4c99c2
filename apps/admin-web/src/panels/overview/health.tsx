import { Group, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { formatBytes, formatDuration } from '../../lib/format.ts';
import type { MetricsHistory } from '../../lib/metrics-history.ts';
import { StatusBadge } from '../../ui/badge.tsx';
import { type Fact, Facts } from '../../ui/facts.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Section } from '../../ui/section.tsx';
import { checkName } from './attention.ts';
import { Ping } from './ping.tsx';
import type { Health as HealthData } from './queries.ts';

interface HealthProps {
  health: UseQueryResult<HealthData>;
  history: MetricsHistory | undefined;
}

/** Whether the process answers and takes calls, each of its checks, what runs since when, and a ping. */
export const Health = ({ health, history }: HealthProps) => (
  <Section title="Health" actions={<Ping />}>
    <Loaded query={health} failed="The health could not be read">
      {({ live, ready, details }) => (
        <Facts
          label="Health"
          facts={[
            ['Process', <State key="live" ok={live} detail="livez" />],
            ['Ready', <State key="ready" ok={ready.status === 'ok'} detail="readyz" />],
            ...Object.entries(ready.checks ?? {}).map(
              ([name, { ok, detail }]): Fact => [
                checkName(name),
                <State key={name} ok={ok} detail={name === 'spool' && ok ? (lagOf(history) ?? detail) : detail} />,
              ],
            ),
            ['Version', details.version ?? 'unknown'],
            ['Uptime', details.uptimeSeconds === undefined ? 'unknown' : formatDuration(details.uptimeSeconds)],
          ]}
        />
      )}
    </Loaded>
  </Section>
);

const State = ({ ok, detail }: { ok: boolean; detail?: string | undefined }) => (
  <Group gap="xs">
    <StatusBadge status={ok ? 'ok' : 'failing'} />
    {detail !== undefined && (
      <Text size="sm" c="dimmed" className="break">
        {detail}
      </Text>
    )}
  </Group>
);

/** How far the database is behind the calls that were answered. */
function lagOf(history: MetricsHistory | undefined): string | null {
  const seconds = history?.last.gauges.get('api_factory_spool_lag_seconds');
  const bytes = history?.last.gauges.get('api_factory_spool_bytes');
  if (seconds === undefined || bytes === undefined) return null;
  return bytes === 0 ? 'no lag, all usage is stored' : `lag ${formatDuration(seconds)}, ${formatBytes(bytes)} to store`;
}
