import { useMetricsHistory } from '../../lib/metrics-history-query.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { Page as Frame } from '../../ui/page.tsx';
import { RefreshControl, refreshMs } from '../../ui/refresh-control.tsx';
import { Live } from './live.tsx';
import { Stored } from './stored.tsx';

/** Traffic, errors and latency, live and over time. */
export function Page() {
  const [{ refresh, range, requests }, change] = useUrlState({ refresh: '5000', range: '24h', requests: 'published' });
  const everyMs = refreshMs(refresh);
  const history = useMetricsHistory(everyMs);
  return (
    <Frame
      title="Metrics"
      lead="Traffic, errors and latency, live and over time."
      actions={<RefreshControl value={refresh} onChange={(next) => change({ refresh: next })} />}
    >
      <Live
        history={history}
        which={requests === 'all' ? 'all' : 'published'}
        onWhich={(next) => change({ requests: next })}
        refreshing={everyMs !== false}
      />
      <Stored range={range} onRange={(next) => change({ range: next })} everyMs={everyMs} />
    </Frame>
  );
}
