import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { PANELS } from '../panels.ts';
import { createConsoleRouter } from '../router.tsx';

const router = createConsoleRouter();

/** After the first page has come to rest, in ms. */
const QUIET_MS = 700;

/**
 * Every part that is loaded late. Fetched in the quiet after the first page: a panel then opens at once, and also while the server is away,
 * or after it was replaced by a newer build with other file names.
 */
const LATER = [
  ...PANELS.flatMap(({ routes }) => routes.map(({ page }) => page)),
  () => import('../ui/time-chart.tsx'),
  () => import('./palette.tsx'),
  () => import('./account-menu.tsx'),
  () => import('./toasts.tsx'),
];

/** What is behind the sign-in. */
export function Console() {
  useEffect(() => {
    const timer = setTimeout(async () => {
      // One by one, behind what the page itself asks for. One that fails is asked for again when it is wanted.
      for (const load of LATER) await load().catch(() => {});
    }, QUIET_MS);
    return () => clearTimeout(timer);
  }, []);
  return <RouterProvider router={router} />;
}
