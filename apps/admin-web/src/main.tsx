import '@mantine/core/styles.css';
import './console.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { createQueryClient, doubtConnection } from './lib/query-client.ts';
import { startTransport } from './lib/transport.ts';

const queryClient = createQueryClient();
startTransport(() => doubtConnection(queryClient));
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App queryClient={queryClient} />
  </StrictMode>,
);
