import { type RawBuilder, sql } from 'kysely';

/**
 * The period that holds a moment, as `periodAt` says it, for a statement that can't wait for an answer in between. `terms` is a relation
 * with `quota_period`, and with `origin` (the anchor in whole milliseconds) and `moment` as UTC times without a zone. Its columns come
 * back with `window_starts` and `window_ends`.
 */
export const windowOf = (terms: RawBuilder<unknown>): RawBuilder<unknown> => sql`
select t.*, (t.origin + n.step * u.unit) at time zone 'UTC' as window_starts, (t.origin + (n.step + 1) * u.unit) at time zone 'UTC' as window_ends
from ${terms} t
cross join lateral (select case t.quota_period when 'day' then interval '1 day' else interval '1 month' end as unit) u
cross join lateral (select case t.quota_period when 'day' then floor(extract(epoch from t.moment - t.origin) / 86400)::int
  else ((extract(year from t.moment) - extract(year from t.origin)) * 12 + extract(month from t.moment) - extract(month from t.origin))::int end as guess) g
cross join lateral (select case when t.origin + g.guess * u.unit > t.moment then g.guess - 1 else g.guess end as step) n`;
