import { useUrlState } from '../../lib/url-state.ts';
import { ChartCard } from '../../ui/chart-card.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { RangePicker } from '../../ui/range-picker.tsx';
import { useKeyUsage } from './queries.ts';
import { totalsText, usageChart } from './usage-points.ts';

/** Calls and refusals of a key over time. */
export function KeyUsage({ id }: { id: string }) {
  const [{ range }, setUrl] = useUrlState({ range: '24h' });
  const usage = useKeyUsage(id, range);
  return (
    <ChartCard
      title="Usage"
      query={usage}
      chart={usageChart}
      fileName={`usage-${id}`}
      controls={<RangePicker value={range} onChange={(next) => setUrl({ range: next })} />}
      note={usage.data && totalsText(usage.data)}
      empty={
        <>
          Nobody called with this key in this time.{' '}
          <LinkButton to="/actions" variant="subtle" size="compact-sm">
            Try an action
          </LinkButton>
        </>
      }
    />
  );
}
