import { Textarea, type TextareaProps } from '@mantine/core';

interface LongTextProps extends Omit<TextareaProps, 'autosize' | 'rows' | 'styles'> {
  /** Lines that it begins with; it grows with its text. */
  rows: number;
  monospace?: boolean;
}

/**
 * A field of several lines. The browser lets it grow: Mantine’s `autosize` lays the whole text out twice more with each key press, and a
 * payload may be a pasted file.
 */
export const LongText = ({ rows, monospace = false, ...props }: LongTextProps) => (
  <Textarea
    {...props}
    rows={rows}
    resize="vertical"
    spellCheck={false}
    classNames={{ input: monospace ? 'long-text mono' : 'long-text' }}
  />
);
