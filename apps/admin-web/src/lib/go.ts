import { useNavigate } from '@tanstack/react-router';
import { parseSearch } from './url-state.ts';

/** A path of the console with its query part, as the router takes it: `/keys?status=suspended`. */
export function targetOf(to: string) {
  const [path = '/', query = ''] = to.split('?', 2);
  return { to: path as never, search: parseSearch(query) as never };
}

/** A function that goes to a page of the console. */
export function useGo(): (to: string) => void {
  const navigate = useNavigate();
  return (to) => void navigate(targetOf(to));
}
