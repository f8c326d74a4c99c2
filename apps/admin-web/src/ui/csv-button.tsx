import { Button, Group, Progress, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { type Cell, download, toCsv } from '../lib/csv.ts';
import { describeError } from '../lib/describe-error.ts';
import { counted } from '../lib/format.ts';
import { toast } from '../lib/toasts.ts';

export interface CsvTable {
  header: string[];
  rows: Cell[][];
  /** false: rows are missing, and a toast reports it. */
  complete?: boolean;
}

interface CsvButtonProps {
  fileName: string;
  /** Builds the table. Call `onProgress` with the number of rows loaded so far. */
  table: (onProgress: (rows: number) => void) => CsvTable | Promise<CsvTable>;
}

/** Exports a table as CSV, with progress while it loads. */
export function CsvButton({ fileName, table }: CsvButtonProps) {
  const [count, setCount] = useState(0);
  const run = useMutation({
    mutationFn: async () => table(setCount),
    onSuccess: ({ header, rows, complete = true }) => {
      download(fileName, toCsv(header, rows));
      if (complete) toast({ cause: 'csv', tone: 'good', title: `${counted(rows.length, 'row')} exported` });
      else
        toast({
          cause: 'csv',
          tone: 'notice',
          title: `Export limited to ${counted(rows.length, 'row')}`,
          message: 'Choose a shorter range to export every row.',
        });
    },
    onError: (error) => toast({ cause: 'csv', tone: 'bad', title: 'Export failed', message: describeError(error).title }),
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
            {counted(count, 'row')} loaded
          </Text>
        </>
      )}
    </Group>
  );
}
