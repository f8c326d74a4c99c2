import { Button, Group, Progress, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { type Cell, download, toCsv } from '../lib/csv.ts';
import { describeError } from '../lib/describe-error.ts';
import { toast } from '../lib/toasts.ts';

/** A table as data. */
export interface CsvTable {
  header: string[];
  rows: Cell[][];
  /** False: there is more than is exported; said in a toast. */
  complete?: boolean;
}

interface CsvButtonProps {
  fileName: string;
  /** Reads or makes the table; `onProgress` hears how many rows are there. */
  table: (onProgress: (rows: number) => void) => CsvTable | Promise<CsvTable>;
}

/** Exports a table as CSV, with progress while it is read. */
export function CsvButton({ fileName, table }: CsvButtonProps) {
  const [count, setCount] = useState(0);
  const run = useMutation({
    mutationFn: async () => table(setCount),
    onSuccess: ({ header, rows, complete = true }) => {
      download(fileName, toCsv(header, rows));
      if (complete) toast({ cause: 'csv', tone: 'good', title: `${rows.length} rows exported` });
      else
        toast({
          cause: 'csv',
          tone: 'notice',
          title: `Cut off after ${rows.length} rows`,
          message: 'Choose a shorter range to have all of it.',
        });
    },
    onError: (error) => toast({ cause: 'csv', tone: 'bad', title: 'The export failed', message: describeError(error).title }),
    onSettled: () => setCount(0),
  });
  return (
    <Group gap="xs">
      <Button
        variant="default"
        size="xs"
        leftSection={<IconDownload size={14} aria-hidden />}
        loading={run.isPending}
        onClick={() => run.mutate()}
      >
        CSV
      </Button>
      {run.isPending && count > 0 && (
        <>
          <Progress value={100} animated w={80} aria-label="Exporting" />
          <Text size="xs" role="status">
            {count} rows read
          </Text>
        </>
      )}
    </Group>
  );
}
