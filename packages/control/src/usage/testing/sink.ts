import { createLeaseSource } from '../../quota/leases.ts';
import type { Database } from '../../store/database.ts';
import { TEST_INSTALLATION } from '../../testing/database.ts';
import type { Quarantined } from '../ingest/quarantine.ts';
import { createUsageSink } from '../ingest/sink.ts';
import { newId } from './fixtures.ts';

/** A sink, and queries for what it has stored. */
export function sinkKit(db: () => Database) {
  /** A new gateway after its first start. */
  async function aSink() {
    const gatewayId = newId('gw');
    const quarantined: Quarantined[] = [];
    const sink = createUsageSink(db(), { gatewayId, onQuarantine: (record) => quarantined.push(record) });
    const { epoch } = await sink.open({ gatewayId, installationId: TEST_INSTALLATION, bootId: 'boot_1' });
    return { gatewayId, sink, epoch, quarantined, leases: createLeaseSource(db(), { gatewayId, bootId: 'boot_1', newId }) };
  }

  const cursorOf = async (id: string) =>
    (await db().selectFrom('gateways').select('cursor').where('id', '=', id).executeTakeFirstOrThrow()).cursor;
  const eventsOf = (gatewayId: string) =>
    db().selectFrom('usage_events').selectAll().where('id', 'like', `${gatewayId}-%`).orderBy('ts').orderBy('id').execute();
  const ledgerOf = (keyId: string) => db().selectFrom('ledger').selectAll().where('key_id', '=', keyId).execute();
  const rollupOf = (table: 'usage_minutes' | 'usage_hours' | 'usage_days', keyId: string) =>
    db().selectFrom(table).selectAll().where('key_id', '=', keyId).orderBy('bucket').execute();
  const quotaOf = (periodId: string) =>
    db().selectFrom('quotas').select(['settled', 'leased']).where('period_id', '=', periodId).executeTakeFirstOrThrow();

  return { aSink, cursorOf, eventsOf, ledgerOf, rollupOf, quotaOf };
}
