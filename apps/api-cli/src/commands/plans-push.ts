import * as sdk from '@api-factory/sdk-ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { table } from './table.ts';
import { outJson, type Terminal } from './terminal.ts';

export interface PushPlansOptions extends ConnectionOptions {
  dryRun?: boolean;
}

/** Brings Stripe's products and prices in line with the plans. */
export async function pushPlans(options: PushPlansOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const dryRun = options.dryRun === true;
  const { data: rows } = (await sdk.pushPlans({ client, body: { dryRun } })).data;
  if (options.json) outJson(terminal, rows);
  else {
    terminal.out(
      table(rows, {
        PLAN: (row) => row.plan,
        ACTION: (row) => row.action,
        PRICE: (row) => row.priceId,
        PRODUCT: (row) => row.productId,
        DETAIL: (row) => row.detail,
      }),
    );
  }
  terminal.say(summary(rows, dryRun));
}

/** For example "Pushed: 1 created, 2 unchanged." */
function summary(rows: { action: string }[], dryRun: boolean): string {
  const counts = new Map<string, number>();
  for (const { action } of rows) counts.set(action, (counts.get(action) ?? 0) + 1);
  const counted = [...counts].map(([action, count]) => `${count} ${action}`).join(', ');
  return `${dryRun ? 'Dry run, nothing changed. Would push' : 'Pushed'}: ${counted === '' ? 'no plans' : counted}.`;
}
