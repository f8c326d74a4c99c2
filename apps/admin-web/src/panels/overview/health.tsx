import { Button, Group, Text } from '@mantine/core';
import { IconActivity } from '@tabler/icons-react';
import { type UseQueryResult, useMutation } from '@tanstack/react-query';
import { describeError } from '../../lib/describe-error.ts';
import { counted, formatBytes, formatDuration, formatMs } from '../../lib/format.ts';
import type { MetricsHistory } from '../../lib/metrics-history.ts';
import { measurePing } from '../../lib/ping.ts';
import { StatusBadge } from '../../ui/badge.tsx';
import { type Fact, Facts } from '../../ui/facts.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Section } from '../../ui/section.tsx';
import { checkName } from './attention-items.ts';
import type { Health as HealthData } from './queries.ts';

interface HealthProps {
  health: UseQueryResult<HealthData>;
  history: MetricsHistory | undefined;
  quarantined: number;
}

/** The server’s health checks, version and uptime, and a ping. */
export const Health = ({ health, history, quarantined }: HealthProps) => (
  <Section title="Health" actions={<Ping />}>
    <Loaded query={health} failed="The health checks could not be loaded">
      {({ live, ready, details }) => (
        <Facts
          label="Health"
          facts={[
            ['Process', <CheckState key="live" ok={live} detail="livez" />],
            ['Ready', <CheckState key="ready" ok={ready.status === 'ok'} detail="readyz" />],
            ...Object.entries(ready.checks ?? {}).map(
              ([name, { ok, detail }]): Fact => [
                checkName(name),
                <CheckState key={name} ok={ok} detail={name === 'spool' && ok ? (spoolText(history, quarantined) ?? detail) : detail} />,
              ],
            ),
            ['Version', details.version ?? 'Unknown'],
            ['Uptime', details.uptimeSeconds === undefined ? 'Unknown' : formatDuration(details.uptimeSeconds)],
          ]}
        />
      )}
    </Loaded>
  </Section>
);

const CheckState = ({ ok, detail }: { ok: boolean; detail?: string | undefined }) => (
  <Group gap="xs">
    <StatusBadge status={ok ? 'ok' : 'failing'} />
    {detail !== undefined && (
      <Text size="sm" c="dimmed" className="break">
        {detail}
      </Text>
    )}
  </Group>
);

/**
 * How far the database lags behind answered calls. An empty spool doesn’t mean that every record
 * was stored: some may be in quarantine.
 */
function spoolText(history: MetricsHistory | undefined, quarantined: number): string | null {
  const seconds = history?.last.gauges.get('api_factory_spool_lag_seconds');
  const bytes = history?.last.gauges.get('api_factory_spool_bytes');
  if (seconds === undefined || bytes === undefined) return null;
  if (bytes > 0) return `${formatDuration(seconds)} behind, ${formatBytes(bytes)} to ship`;
  return quarantined === 0 ? 'Up to date' : `Up to date, with ${counted(quarantined, 'record')} in quarantine`;
}

/** Measures a round trip to the built-in ping. */
function Ping() {
  const { mutate, data, error, isPending } = useMutation({ mutationFn: measurePing });
  return (
    <>
      <Text size="sm" role="status" {...(error === null ? { c: 'dimmed' } : {})}>
        {error === null ? data && `Pong in ${formatMs(data.ms)}` : `Ping failed: ${describeError(error).title}`}
      </Text>
      <Button variant="default" size="xs" leftSection={<IconActivity size={14} aria-hidden />} loading={isPending} onClick={() => mutate()}>
        Ping
      </Button>
    </>
  );
}
