import { serveHeavyActions } from '@api-factory/gateway/heavy';

/** A thread that runs heavy actions, so that they take no time from other calls. */
serveHeavyActions();
