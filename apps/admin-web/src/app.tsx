import { Center, localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { type QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { resumeSession, useSession } from './lib/session.ts';
import { onFirstToast } from './lib/toasts.ts';
import { THEME, VARIABLES } from './shell/theme.ts';
import { ErrorNotice } from './ui/error-notice.tsx';
import { SkeletonLines } from './ui/loaded.tsx';

const colors = localStorageColorSchemeManager({ key: 'api-factory-colours' });
/** Loaded on demand: without a session only the sign-in page, with one only the console. */
const SignIn = lazy(async () => ({ default: (await import('./shell/sign-in.tsx')).SignIn }));
const Console = lazy(async () => ({ default: (await import('./shell/console.tsx')).Console }));
const Toasts = lazy(async () => ({ default: (await import('./shell/toasts.tsx')).Toasts }));
const RETRY_MS = 2_000;

export const App = ({ queryClient }: { queryClient: QueryClient }) => (
  <MantineProvider theme={THEME} cssVariablesResolver={VARIABLES} defaultColorScheme="auto" colorSchemeManager={colors}>
    <QueryClientProvider client={queryClient}>
      <LazyToasts />
      <SessionGate />
    </QueryClientProvider>
  </MantineProvider>
);

/**
 * Shows the sign-in page until there is a session. The URL stays, so signing in opens the requested
 * page.
 */
function SessionGate() {
  const state = useSession();
  const { error, refetch } = useQuery({
    queryKey: ['session'],
    queryFn: () => resumeSession().then(() => true),
    enabled: state.phase === 'unknown',
    retry: false,
    refetchInterval: RETRY_MS,
  });
  const loading = (
    <Center mih="100dvh" p="md" component="main">
      <div className="app-loading">
        {error ? <ErrorNotice error={error} what="The console can’t start" onRetry={() => void refetch()} /> : <SkeletonLines />}
      </div>
    </Center>
  );
  if (state.phase === 'unknown') return loading;
  return <Suspense fallback={loading}>{state.phase === 'signed-in' ? <Console /> : <SignIn ended={state.ended} />}</Suspense>;
}

/** Loads the toasts with the first one. */
function LazyToasts() {
  const [needed, setNeeded] = useState(false);
  useEffect(() => onFirstToast(() => setNeeded(true)), []);
  return needed ? (
    <Suspense>
      <Toasts />
    </Suspense>
  ) : null;
}
