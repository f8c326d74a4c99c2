import pg from 'pg';

/**
 * A pool of a test's own. `end` resolves before the sessions have ended, so the error of a session that a forced drop
 * terminates still arrives, at a client or at the pool: without listeners it would end the process.
 */
export function testPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config);
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
