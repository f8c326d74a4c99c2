import { monitorEventLoopDelay } from 'node:perf_hooks';
import { sql } from 'kysely';
import { it } from 'vitest';
import { createSnapshotSource } from '../../../packages/control/src/snapshot.ts';
import { Snapshot } from '../../../packages/gateway/src/snapshot.ts';
import { termsOf } from './support/api.ts';
import { aProduct } from './support/product.ts';

const cpu = () => {
  const u = process.cpuUsage();
  return (u.user + u.system) / 1000;
};
it('measures', async () => {
  const N = 100_000;
  const t = await aProduct({ ADMIN_CALLS_PER_MINUTE: '1000000' });
  const db = t.product.db;
  const plan = await t.plan({ quota: 100 });
  await sql`insert into entitlements (id, plan_id, plan_version, snapshot_version) select 'a_' || md5(n::text), ${plan}, 1, 0 from generate_series(1, ${N}::int) n`.execute(
    db,
  );
  await sql`insert into keys (id, entitlement_id, name, hash, prefix, last4, snapshot_version)
    select 'k_' || n, 'a_' || md5(n::text), 'many', md5(n::text), 'af_live_0000', '0000', 0 from generate_series(1, ${N}::int) n`.execute(
    db,
  );
  await sql`analyze`.execute(db);
  const others = [];
  for (let i = 0; i < 90; i++) others.push(await t.issue());
  const say = (...x: unknown[]) => console.log(...x);
  // complete loads
  const snap = new Snapshot(createSnapshotSource(db, { keyMode: 'test', billingMode: 'sandbox' }), { now: () => Date.now() });
  void snap;
  for (const fresh of [true, false, false]) {
    const s = fresh ? null : t.product.gateway.snapshot;
    await sql`update snapshot_version set version = version + 1, stamp = gen_random_uuid()`.execute(db); // unknown stamp next
    await sql`delete from snapshot_stamps`.execute(db);
    const h = monitorEventLoopDelay({ resolution: 1 });
    let worst = 0;
    let worstCpu = 0;
    let lastCpu = cpu();
    let last = performance.now();
    let on = true;
    const loop = () => {
      const now = performance.now();
      worst = Math.max(worst, now - last);
      last = now;
      const c = cpu();
      worstCpu = Math.max(worstCpu, c - lastCpu);
      lastCpu = c;
      if (on) setImmediate(loop);
    };
    h.enable();
    loop();
    const started = performance.now();
    const target = s ?? new Snapshot(createSnapshotSource(db, { keyMode: 'live', billingMode: null }), { now: () => Date.now() });
    await target.refresh();
    on = false;
    h.disable();
    say(
      'complete load',
      fresh ? 'fresh' : 'over',
      Math.round(performance.now() - started),
      'ms, keys',
      target.keys,
      'worst turn',
      worst.toFixed(1),
      'ms; worst cpu of a turn',
      worstCpu.toFixed(1),
      'p99',
      (h.percentile(99) / 1e6).toFixed(1),
      'max',
      (h.max / 1e6).toFixed(1),
    );
  }
  {
    const times: number[] = [];
    for (let i = 0; i < 30; i++) {
      const { id } = others.pop()!;
      const at = performance.now();
      await t.admin('POST', `/keys/${id}/revoke`);
      times.push(performance.now() - at);
      await new Promise((r) => setTimeout(r, 20));
    }
    times.sort((a, b) => a - b);
    say('revocations at rest p50', times[15]!.toFixed(1), 'p95', times[28]!.toFixed(1), 'max', times.at(-1)!.toFixed(1));
  }
  // edit
  let worst = 0;
  let worstCpu = 0;
  let lastCpu = cpu();
  let last = performance.now();
  let on = true;
  const loop = () => {
    const now = performance.now();
    worst = Math.max(worst, now - last);
    last = now;
    const c = cpu();
    worstCpu = Math.max(worstCpu, c - lastCpu);
    lastCpu = c;
    if (on) setImmediate(loop);
  };
  loop();
  const started = performance.now();
  const { body } = await t.admin('PUT', `/plans/${plan}`, { name: plan, ...termsOf({ quota: 50 }) });
  say('edit answered in', Math.round(performance.now() - started), JSON.stringify({ moved: body.data.moved, moving: body.data.moving }));
  const times: number[] = [];
  for (const { id } of others) {
    const at = performance.now();
    await t.admin('POST', `/keys/${id}/revoke`);
    times.push(performance.now() - at);
    await new Promise((r) => setTimeout(r, 20));
  }
  const left = (await t.admin('GET', `/plans/${plan}`)).body.data.moving;
  times.sort((a, b) => a - b);
  say(
    'revocations while moving',
    times.length,
    'p50',
    times[30]!.toFixed(1),
    'p95',
    times[57]!.toFixed(1),
    'max',
    times.at(-1)!.toFixed(1),
    'left after',
    left,
  );
  while ((await t.admin('GET', `/plans/${plan}`)).body.data.moving > 0) await new Promise((r) => setTimeout(r, 200));
  say(
    'all moved after',
    Math.round(performance.now() - started),
    'ms; worst turn of the thread',
    worst.toFixed(1),
    'cpu',
    worstCpu.toFixed(1),
  );
  on = false;
  await t.stop();
}, 300_000);
