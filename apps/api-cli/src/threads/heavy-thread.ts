import { serveHeavyActions } from '@api-factory/gateway/heavy';

/** The thread for heavy actions, which takes no time from other calls. */
serveHeavyActions();
