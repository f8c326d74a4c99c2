import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { parseSearch, type SearchTexts, stringifySearch } from './lib/url-state.ts';
import { PANELS } from './panels.ts';
import { NotFound, PageError } from './shell/error-pages.tsx';
import { Shell } from './shell/shell.tsx';
import { SkeletonLines } from './ui/loaded.tsx';

/** The console’s router: one route per page of each panel. */
export function createConsoleRouter() {
  const root = createRootRoute({ component: Shell, validateSearch: (search): SearchTexts => search as SearchTexts });
  const pages = PANELS.flatMap((panel) => panel.routes).map(({ path, page }) =>
    createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(() => page().catch(failedToLoad), 'Page') }),
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

/**
 * Replaces the browser’s import error, on which the router would reload the document. While the
 * server is down, that would lose the console.
 */
function failedToLoad(cause: unknown): never {
  throw new Error('This part of the console could not be loaded.', { cause });
}
