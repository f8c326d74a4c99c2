import { getConsumer, getKey } from '@api-factory/sdk-ts';
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { PageLink } from './link.tsx';

/** Names change seldom; a change made here invalidates them at once. */
const NAME_STAYS_MS = 300_000;

/** What has a page, below the plural of its name. */
const WITH_PAGE = ['key', 'plan', 'consumer'];
/** What has a name beside its id. */
const NAMED = ['key', 'consumer'];

interface ObjectLinkProps {
  /** As in the audit: `key`, `plan`, `consumer` … */
  type: string;
  id: string;
}

/** A link to the page of a key, plan or consumer under its name; other objects are shown by their id. */
export function ObjectLink({ type, id }: ObjectLinkProps) {
  const name = useObjectName(type, id);
  const shown = name ?? id;
  if (!WITH_PAGE.includes(type))
    return (
      <Text span size="xs" ff="monospace" className="break">
        {shown}
      </Text>
    );
  return (
    <PageLink to={`/${type}s/${id}`} inherit lineClamp={2} className="break" title={name === undefined ? id : `${name} (${id})`}>
      {shown}
    </PageLink>
  );
}

/** What a key or consumer is called; undefined until that is known, and for everything else. */
export function useObjectName(type: string, id: string): string | undefined {
  const { data } = useQuery({
    queryKey: [`${type}s`, 'name', id],
    queryFn: ({ signal }) => readName(type, id, signal),
    enabled: id !== '' && NAMED.includes(type),
    staleTime: NAME_STAYS_MS,
    // An id that nothing has any more is shown as it is: not worth asking twice.
    retry: false,
  });
  return data;
}

async function readName(type: string, id: string, signal: AbortSignal): Promise<string> {
  const options = { path: { id }, signal, throwOnError: true } as const;
  return type === 'key' ? (await getKey(options)).data.data.name : (await getConsumer(options)).data.data.name;
}
