import { serveHeavyActions } from '@api-factory/gateway/heavy';

/** Runs heavy actions, so that they don't delay other calls. */
serveHeavyActions();
