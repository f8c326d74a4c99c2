import { Box, Code } from '@mantine/core';
import { CopyIcon } from './copy-button.tsx';

interface CodeBlockProps {
  text: string;
  /** “curl command”: labels the region and the copy button. */
  what: string;
  /** In px; taller content scrolls. */
  maxHeight?: number;
}

/** A block of code with a copy button. It scrolls with the keyboard too. */
export function CodeBlock({ text, what, maxHeight = 360 }: CodeBlockProps) {
  return (
    <Box pos="relative">
      <Code block component="pre" tabIndex={0} role="region" aria-label={what} mah={maxHeight} className="code-block">
        {text}
      </Code>
      <Box pos="absolute" top={6} right={6}>
        <CopyIcon text={text} what={what} />
      </Box>
    </Box>
  );
}

/** A code block of indented JSON. */
export const JsonBlock = ({ value, ...props }: Omit<CodeBlockProps, 'text'> & { value: unknown }) => (
  <CodeBlock text={JSON.stringify(value, null, 2) ?? ''} {...props} />
);
