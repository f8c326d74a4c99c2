import { useNavigate } from '@tanstack/react-router';
import { parseSearch } from './url-state.ts';

/** Converts a console path with a query string (`/keys?status=suspended`) to the router’s form. */
export function targetOf(to: string) {
  const [path = '/', query = ''] = to.split('?', 2);
  return { to: path as never, search: parseSearch(query) as never };
}

/** Returns a function that navigates to a console path. */
export function useGo(): (to: string) => void {
  const navigate = useNavigate();
  return (to) => void navigate(targetOf(to));
}
