/** The baseline: only the route, no key, no limit, no meter. */
import { anApp, answer, listen, SCHEMA } from './echo-route.mjs';

const app = anApp();
app.post('/api/v1/actions', { schema: SCHEMA }, answer);
await listen(app);
