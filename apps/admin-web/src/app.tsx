import { Center, localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { type QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { resumeSession, useSession } from './lib/session.ts';
import { THEME, VARIABLES } from './shell/theme.ts';
import { ToastPlace } from './shell/toast-place.tsx';
import { ErrorNotice } from './ui/error-notice.tsx';
import { SkeletonLines } from './ui/loaded.tsx';

const colors = localStorageColorSchemeManager({ key: 'api-factory-colours' });
/** A visitor without a session loads only the sign-in, one with a session only the console. */
const SignIn = lazy(async () => ({ default: (await import('./shell/sign-in.tsx')).SignIn }));
const Console = lazy(async () => ({ default: (await import('./shell/console.tsx')).Console }));
const AGAIN_MS = 2_000;

/** Providers around what the session allows to see. */
export const App = ({ queryClient }: { queryClient: QueryClient }) => (
  <MantineProvider theme={THEME} cssVariablesResolver={VARIABLES} defaultColorScheme="auto" colorSchemeManager={colors}>
    <QueryClientProvider client={queryClient}>
      <ToastPlace />
      <Gate />
    </QueryClientProvider>
  </MantineProvider>
);

/** The sign-in until there is a session; the address stays, so signing in leads to where one wanted to go. */
function Gate() {
  const state = useSession();
  const { error, refetch } = useQuery({
    queryKey: ['session'],
    queryFn: () => resumeSession().then(() => true),
    enabled: state.phase === 'unknown',
    retry: false,
    refetchInterval: AGAIN_MS,
  });
  const wait = (
    <Center mih="100dvh" p="md" component="main">
      <div className="waiting">
        {error ? <ErrorNotice error={error} what="The console can’t start yet" onRetry={() => void refetch()} /> : <SkeletonLines />}
      </div>
    </Center>
  );
  if (state.phase === 'unknown') return wait;
  return <Suspense fallback={wait}>{state.phase === 'signed-in' ? <Console /> : <SignIn ended={state.ended} />}</Suspense>;
}
