import '@mantine/core/styles.css';
import './console.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { checkConnection, createQueryClient } from './lib/query-client.ts';
import { startTransport } from './lib/transport.ts';

const queryClient = createQueryClient();
startTransport(() => checkConnection(queryClient));
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App queryClient={queryClient} />
  </StrictMode>,
);
