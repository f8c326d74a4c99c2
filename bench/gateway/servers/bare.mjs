/** The route alone: no key, no limit, no meter. What everything else is compared with. */
import { anApp, answer, listen, SCHEMA } from './echo-route.mjs';

const app = anApp();
app.post('/api/v1/actions', { schema: SCHEMA }, answer);
await listen(app);
