import { getConsumer, getKey } from '@api-factory/sdk-ts';
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { PageLink } from './link.tsx';

/** Names rarely change, and a change in this console invalidates them. */
const NAME_STALE_MS = 300_000;

/** Types with a page at `/<type>s/<id>`. */
const WITH_PAGE = ['key', 'plan', 'consumer'];
/** Types with a name. */
const NAMED = ['key', 'consumer'];

interface ObjectLinkProps {
  /** As in the audit log: `key`, `plan`, `consumer`. */
  type: string;
  id: string;
}

/** Links to a key, plan or consumer by name. Other objects are shown as their id. */
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

/** The name of a key or consumer; undefined while loading and for other types. */
export function useObjectName(type: string, id: string): string | undefined {
  const { data } = useQuery({
    queryKey: [`${type}s`, 'name', id],
    queryFn: ({ signal }) => readName(type, id, signal),
    enabled: id !== '' && NAMED.includes(type),
    staleTime: NAME_STALE_MS,
    // A deleted object is shown by its ID; a retry would not find it either.
    retry: false,
  });
  return data;
}

async function readName(type: string, id: string, signal: AbortSignal): Promise<string> {
  const options = { path: { id }, signal, throwOnError: true } as const;
  return type === 'key' ? (await getKey(options)).data.data.name : (await getConsumer(options)).data.data.name;
}
