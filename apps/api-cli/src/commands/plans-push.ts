import { type ConnectionOptions, connect } from './connection.ts';
import { table } from './table.ts';
import { outJson, type Terminal } from './terminal.ts';

/** What was done, or would be, for one plan. */
interface Pushed {
  plan: string;
  action: string;
  priceId: string | null;
  productId: string | null;
  detail: string;
}

export interface PushOptions extends ConnectionOptions {
  dryRun?: boolean;
}

/** Makes Stripe's catalogue say what the plans say. */
export async function pushPlans(options: PushOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const dryRun = options.dryRun === true;
  const { data } = await client.send<Pushed[]>('POST', '/billing/push', { dryRun });
  if (options.json) outJson(terminal, data);
  else {
    terminal.out(
      table(data, {
        PLAN: (row) => row.plan,
        ACTION: (row) => row.action,
        PRICE: (row) => row.priceId,
        PRODUCT: (row) => row.productId,
        DETAIL: (row) => row.detail,
      }),
    );
  }
  terminal.say(summary(data, dryRun));
}

/** For example "Pushed: 1 created, 2 unchanged." */
function summary(rows: Pushed[], dryRun: boolean): string {
  const counts = new Map<string, number>();
  for (const { action } of rows) counts.set(action, (counts.get(action) ?? 0) + 1);
  const words = [...counts].map(([action, count]) => `${count} ${action}`).join(', ');
  return `${dryRun ? 'Nothing is written. It would be' : 'Pushed'}: ${words === '' ? 'no plans' : words}.`;
}
