import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { parseSearch, type SearchTexts, stringifySearch } from './lib/url-state.ts';
import { PANELS } from './panels.ts';
import { NotFound } from './shell/not-found.tsx';
import { PageError } from './shell/page-error.tsx';
import { Shell } from './shell/shell.tsx';
import { SkeletonLines } from './ui/loaded.tsx';

/** The console’s addresses: one per page of each panel. */
export function createConsoleRouter() {
  const root = createRootRoute({ component: Shell, validateSearch: (search): SearchTexts => search as SearchTexts });
  const pages = PANELS.flatMap((panel) => panel.routes).map(({ path, page }) =>
    createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(() => page().catch(notLoaded), 'Page') }),
  );
  return createRouter({
    routeTree: root.addChildren(pages),
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPendingComponent: () => <SkeletonLines count={8} />,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: PageError,
    scrollRestoration: true,
  });
}

/** In words of ours: at the browser’s own, the router would load the document anew, which leaves the console while the server is away. */
function notLoaded(cause: unknown): never {
  throw new Error('This part of the console could not be fetched.', { cause });
}
