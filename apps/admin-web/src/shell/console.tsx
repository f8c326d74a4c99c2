import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { PANELS } from '../panels.ts';
import { createConsoleRouter } from '../router.tsx';

const router = createConsoleRouter();

const PRELOAD_AFTER_MS = 700;

/**
 * Every lazily loaded part. They are preloaded after the first page, so that panels open
 * immediately, even while the server is down or after a new build changed the file names.
 */
const LAZY_PARTS = [
  ...PANELS.flatMap(({ routes }) => routes.map(({ page }) => page)),
  () => import('../ui/time-chart.tsx'),
  () => import('./palette.tsx'),
  () => import('./account-menu.tsx'),
  () => import('./toasts.tsx'),
];

/** The console behind the sign-in page. */
export function Console() {
  useEffect(() => {
    const timer = setTimeout(async () => {
      // One at a time, after the page’s own requests. A part that fails is loaded again when it is
      // needed.
      for (const load of LAZY_PARTS) await load().catch(() => {});
    }, PRELOAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return <RouterProvider router={router} />;
}
