/** Another product uses the data directory or the database. The message says which and what to do. */
export class AlreadyInUseError extends Error {
  override name = 'AlreadyInUseError';
}
